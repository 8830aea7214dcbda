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
    /// Compares what was stored with what came, each in its own form.
    init(
        _ dialect: Dialect, stored: Span<UInt8>, _ kind: CacheEntryHead.Kind, fresh: Span<UInt8>, isStream: Bool,
        _ tape: inout JSONScanner
    ) {
        guard let old = AnswerEssence(of: stored, isStream: kind == .events, dialect, &tape),
            let new = AnswerEssence(of: fresh, isStream: isStream, dialect, &tape)
        else {
            self = .failed
            return
        }
        self = old == new ? .same : .different
    }
}
