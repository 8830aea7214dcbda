import Cache
import Metrics

/// The cache as tables for people and as JSON for programs; the same from the command line and the admin plane.
enum CacheTables {
    /// What a list of entries shows.
    static func list(_ entries: [CacheEntrySummary]) -> ReportTable {
        var table = ReportTable(
            name: "cache",
            columns: [
                .init("key", "Key"), .init("stored_at", "Stored"), .init("used_at", "Used"),
                .init("expires_at", "Expires"), .init("endpoint", "Endpoint"), .init("task", "Task"),
                .init("model", "Model"), .init("provider", "Provider"), .init("deal", "Deal"), .init("tags", "Tags"),
                .init("tenant", "Tenant"), .init("bytes", "Bytes"), .init("kind", nil), .init("cost_usd", nil),
                .init("input_tokens", nil), .init("cached_input_tokens", nil), .init("output_tokens", nil),
            ])
        table.rows = entries.map { entry in
            let (head, origin) = (entry.head, entry.origin)
            return [
                .text(entry.key.description), .time(head.storedAt), .time(entry.usedAt), .time(head.expiresAt),
                .text(origin.endpoint), .text(origin.task), .text(head.model), .text(head.provider),
                .text(origin.deal), .text(origin.tagList), .text(origin.tenant), .count(entry.bodyBytes),
                .text(head.kind.name), .money(head.cost.map { PicoDollars($0) }),
                .count(head.counts?.uncachedInput), .count(head.counts?.cachedInput), .count(head.counts?.output),
            ]
        }
        return table
    }

    /// What the cache holds, and if it is this process's, what it has counted since it started.
    static func statistics(
        _ totals: CacheContents.Totals?, _ counted: ResponseCache.Statistics? = nil, _ settings: Settings,
        dataDirectory: String
    ) -> ReportTable {
        var facts: [(String, String, ReportTable.Cell)] = [
            ("data_dir", "Data directory", .text(dataDirectory)), ("enabled", "Enabled", .flag(settings.cache.enabled)),
            ("entries", "Answers", .count(totals?.entries)),
            ("bytes_in_use", "Bytes of pages in use", .count(totals?.bytesInUse)),
            ("max_bytes", "cache.max_bytes", .count(settings.cache.maxBytes)),
            ("record_bytes", "Bytes of records", .count(totals?.recordBytes)),
            ("file_bytes", "Bytes of the file", .count(totals?.fileBytes)),
        ]
        if let counted {
            facts += [
                ("evicted_expired", "Removed: expired", .count(counted.evictedExpired)),
                ("evicted_for_size", "Removed: for size", .count(counted.evictedLeastRecentlyUsed)),
                ("purged", "Removed: purged", .count(counted.purged)),
                ("removed_damaged", "Removed: damaged", .count(counted.removedDamaged)),
                ("lost", "Removed: lost with their store", .count(counted.lost)),
                ("dropped", "Not stored: too long, or too many at once", .count(counted.dropped)),
                ("failures", "Failed writes and reads", .count(counted.failures)),
                ("last_error", "The last failure", .text(counted.lastError)),
            ]
        }
        return properties("cache", facts)
    }

    static func verification(_ found: CacheVerification) -> ReportTable {
        var table = properties(
            "cache-verification",
            [
                ("sound", "Sound", .flag(found.isSound)), ("entries", "Answers", .count(found.entries)),
                ("record_bytes", "Bytes of records", .count(found.bytes)),
                ("pages_checked", "Pages checked", .flag(found.sawPages)),
                ("problems", "Problems", .count(found.problemCount)),
            ])
        if !found.isSound {
            table.columns = [.init("problem", "Problem")]
            table.rows = found.problems.map { [.text($0)] }
        }
        return table
    }

    static func purged(_ count: Int) -> ReportTable {
        properties("cache-purge", [("removed", "Removed", .count(count))])
    }

    private static func properties(
        _ name: String, _ facts: [(name: String, title: String, value: ReportTable.Cell)]
    ) -> ReportTable {
        var table = ReportTable(name: name, columns: [])
        table.facts = facts.map { .init($0.name, $0.title, $0.value) }
        return table
    }
}

extension CacheEntrySummary {
    /// It alone, as a list shows it or as one JSON object.
    func text(_ format: ReportTable.Format) -> String {
        if format == .table { return CacheTables.list([self]).text(.table) }
        var text = JSONText()
        write(to: &text)
        return text.text + "\n"
    }

    /// Writes it as one JSON object, as a list has it.
    func write(to json: inout JSONText) { CacheTables.list([self]).writeRow(0, to: &json) }
}

extension CacheEntryOrigin {
    /// `name=value`, in the order of names; nil where there are none.
    fileprivate var tagList: String? {
        tags.isEmpty ? nil : tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

extension CacheEntryHead.Kind {
    fileprivate var name: String {
        switch self {
        case .json: "whole"
        case .events: "stream"
        }
    }
}
