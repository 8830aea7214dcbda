import Cache
import HTTP
import Metrics

/// A hit that is to be compared with what the upstream says today: what was answered, and all it takes to ask again.
struct AuditedHit: Sendable {
    let dialect: Dialect
    let provider: Provider
    let model: String
    let target: [UInt8]
    let headers: [UInt8]
    let body: [UInt8]
    /// How the answer is told in the client's dialect; nil where it comes in that.
    let telling: MessagesExchange.Telling?
    /// The stored answer.
    let kind: CacheEntryHead.Kind
    let stored: [UInt8]
    /// Whose call it was, for the record of the one that is made now.
    let call: LedgerEntry

    /// The upstream request, made anew; `body` must outlive the exchange.
    func request(lending body: UnsafeRawBufferPointer) -> UpstreamRequest {
        var request = UpstreamRequest(origin: provider.origin, method: "POST", timeouts: provider.timeouts)
        request.target.append(target)
        request.headers.append(headers)
        request.body = .bytes(body)
        return request
    }
}

/// Whether two answers say the same.
enum AuditVerdict: String, Sendable, CaseIterable {
    /// Alike but for what names an answer and what it used.
    case same
    case different
    /// The upstream gave no whole answer to compare with.
    case failed
}

extension AuditVerdict {
    /// Members that differ between two answers that say the same, at any depth.
    private static let names: [StaticString] = [
        "id", "call_id", "created", "created_at", "completed_at", "usage", "system_fingerprint", "service_tier",
        "logprobs", "sequence_number", "obfuscation", "metadata", "signature", "timings",
    ]

    /// Compares what was stored with what came, each in its own form.
    init(
        _ dialect: Dialect, stored: Span<UInt8>, _ kind: CacheEntryHead.Kind, fresh: Span<UInt8>, isStream: Bool,
        _ tape: inout JSONScanner
    ) {
        guard let old = Self.essence(of: stored, isStream: kind == .events, dialect, &tape),
            let new = Self.essence(of: fresh, isStream: isStream, dialect, &tape)
        else {
            self = .failed
            return
        }
        self = old == new ? .same : .different
    }

    /// What an answer says, in one spelling; nil when it cannot be told as one value.
    private static func essence(
        of answer: Span<UInt8>, isStream: Bool, _ dialect: Dialect, _ tape: inout JSONScanner
    ) -> [UInt8]? {
        guard isStream else { return essence(of: answer, &tape) }
        if dialect == .chat {
            guard let whole = ReplyForm.completion(of: answer, &tape) else { return nil }
            return essence(of: Span<UInt8>(_unsafeBytes: whole.bytes), &tape)
        }
        // Pieces may be cut differently each time: these are told apart event by event.
        var all: [UInt8] = []
        var events = StoredEvents()
        while let event = events.next(in: answer) {
            guard let data = event.data else { continue }
            if let essence = essence(of: answer.extracting(data), &tape) { all += essence + [0x0A] }
        }
        return all
    }

    private static func essence(of text: Span<UInt8>, _ tape: inout JSONScanner) -> [UInt8]? {
        do throws(JSONScanner.Failure) { try tape.scan(text) } catch { return nil }
        var canonical = CanonicalJSON()
        canonical.write(tape, of: text, omittingEverywhere: names)
        return Array(canonical.output.bytes)
    }
}
