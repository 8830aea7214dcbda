/// Faults on demand: each kind at its rate, evenly spread, so that a run can be repeated.
struct SimulatedFaults: Sendable {
    enum Kind: Sendable, Equatable {
        /// An error of this status instead of an answer; 429 says when to try again.
        case status(Int)
        case named(Name)

        init?(_ text: String) {
            if let status = Int(text), (400...599).contains(status) {
                self = .status(status)
            } else if let name = Name(rawValue: text) {
                self = .named(name)
            } else {
                return nil
            }
        }
    }

    enum Name: String, Sendable, CaseIterable {
        /// 429 without `retry-after`.
        case bare429 = "429-bare"
        /// 429 that no waiting helps against: the quota is used up.
        case quota
        /// 400, since the prompt is longer than the model's context.
        case context
        /// 502 with a page of HTML, as a proxy in between would send it.
        case html
        /// 200 with a body that is no JSON.
        case notJSON = "not-json"
        /// The connection is closed without an answer.
        case drop
        /// The connection is reset without an answer.
        case reset
        /// The connection is closed within the answer's head.
        case head
        /// An answer's head that comes a byte at a time, and never ends.
        case slowHead = "slow-head"
        /// No answer ever comes.
        case hang
        /// The answer breaks off in its middle: less than its length, or a stream without its end.
        case cut
        /// The same with a reset.
        case cutReset = "cut-reset"
        /// The answer stops in its middle, and nothing follows.
        case stall
        /// A stream whose framing breaks in its middle.
        case badChunk = "bad-chunk"
        /// A stream without an event.
        case empty
        /// A stream that begins with an error event.
        case errorEvent = "error-event"
        /// A stream with an error event in its middle.
        case lateError = "late-error"
        /// A stream that ends cleanly, but without `[DONE]`.
        case noDone = "no-done"
        /// A stream that never ends.
        case endless
        /// An answer of 100 MB.
        case huge
    }

    /// What there is to choose from, for people.
    static let kinds = "a status from 400 to 599, " + Name.allCases.map(\.rawValue).joined(separator: ", ")

    private var rates: [(kind: Kind, rate: Double, due: Double)] = []

    init() {}

    /// Reads `KIND:RATE`, a rate from 0 to 1; nil when it is neither.
    mutating func add(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let kind = Kind(String(parts[0])), let rate = Double(parts[1]),
            rate >= 0, rate <= 1
        else { return false }
        rates.append((kind, rate, 0))
        return true
    }

    /// The fault of the next request, if it has one.
    mutating func next() -> Kind? {
        for index in rates.indices {
            rates[index].due += rates[index].rate
            if rates[index].due >= 1 {
                rates[index].due -= 1
                return rates[index].kind
            }
        }
        return nil
    }
}

extension SimulatedFaults.Name {
    /// Whether a fault breaks a whole answer off in its middle; the others of its like are a stream's.
    static func spoilsWholeAnswers(_ fault: SimulatedFaults.Kind) -> Bool {
        [.named(.cut), .named(.cutReset), .named(.stall)].contains(fault)
    }

    /// How many of its events a stream sends before what the fault does.
    static func eventCount(_ count: Int, _ fault: SimulatedFaults.Kind?) -> Int {
        guard case .named(let name) = fault else { return count }
        return switch name {
        case .empty, .errorEvent: 0
        case .cut, .cutReset, .stall, .badChunk, .lateError, .endless: count / 2
        case .noDone: count - 1
        default: count
        }
    }
}
