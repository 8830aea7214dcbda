/// An exposition read strictly: every line must be what the formats allow, where they allow it.
struct Scrape {
    struct Fault: Error { let line: String }

    /// Values by the sample's name with its labels, as written.
    private(set) var samples: [String: String] = [:]
    private(set) var types: [String: String] = [:]
    private(set) var units: [String: String] = [:]
    private(set) var isEnded = false

    subscript(_ sample: String) -> String? { samples[sample] }

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Fault(line: "the end") }
        var helped: Set<String> = []
        var family = ""
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            guard !isEnded else { throw Fault(line: String(line)) }
            if line == "# EOF" {
                isEnded = true
            } else if let match = line.wholeMatch(of: /# HELP ([a-z_]+) \S.*/) {
                guard helped.insert(String(match.1)).inserted else { throw Fault(line: String(line)) }
                family = String(match.1)
            } else if let match = line.wholeMatch(of: /# TYPE ([a-z_]+) (counter|gauge|histogram|info)/) {
                guard family == match.1, types[family] == nil else { throw Fault(line: String(line)) }
                types[family] = String(match.2)
            } else if let match = line.wholeMatch(of: /# UNIT ([a-z_]+) ([a-z]+)/) {
                guard family == match.1, family.hasSuffix("_" + match.2) else { throw Fault(line: String(line)) }
                units[family] = String(match.2)
            } else {
                try add(line, of: family)
            }
        }
        try checkHistograms()
    }

    private mutating func add(_ line: Substring, of family: String) throws {
        let label = /[a-z_]+="(?:[^"\\\n]|\\["\\n])*"/
        guard
            let match = line.wholeMatch(of: /([a-z_]+)(\{.*\})? (-?[0-9]+(?:\.[0-9]+)?)/),
            let type = types[family]
        else { throw Fault(line: String(line)) }
        var suffixes = [""]
        switch type {
        case "histogram": suffixes = ["_bucket", "_sum", "_count"]
        case "counter": suffixes = family.hasSuffix("_total") ? [""] : ["_total"]
        case "info": suffixes = ["_info"]
        default: break
        }
        guard suffixes.contains(where: { family + $0 == match.1 }) else { throw Fault(line: String(line)) }
        var labels = (match.2 ?? "{}").dropFirst().dropLast()
        var names: Set<Substring> = []
        while !labels.isEmpty {
            guard let first = labels.prefixMatch(of: label), names.insert(first.0.prefix { $0 != "=" }).inserted
            else { throw Fault(line: String(line)) }
            labels.removeFirst(first.0.count)
            guard labels.isEmpty || labels.first == "," else { throw Fault(line: String(line)) }
            labels = labels.dropFirst()
        }
        let key = String(match.1) + String(match.2 ?? "")
        guard samples.updateValue(String(match.3), forKey: key) == nil else { throw Fault(line: String(line)) }
        if type == "histogram", match.1.hasSuffix("_bucket") {
            buckets[family, default: []].append((String(match.2 ?? ""), Int(match.3) ?? -1))
        }
    }

    /// Buckets by family, in the order in which they stand.
    private var buckets: [String: [(labels: String, count: Int)]] = [:]

    private func checkHistograms() throws {
        for (family, buckets) in buckets {
            let counts = buckets.map(\.count)
            guard counts == counts.sorted(), buckets.last?.labels == #"{le="+Inf"}"#,
                samples[family + "_count"] == counts.last.map(String.init)
            else { throw Fault(line: family) }
        }
    }
}
