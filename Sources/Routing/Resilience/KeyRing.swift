/// The keys of one provider, of which one is used until the provider refuses it.
///
/// One at a time rather than in turns, since a provider's cache of prompts belongs to an account. A key that is refused
/// (401, 402, 403) or has spent its limit (429) rests, and the next one takes its place.
package struct KeyRing: Sendable {
    private var restUntil: [Nanoseconds]
    private var current = 0

    /// How long a key rests that the provider does not know: long enough to spare it the calls, short enough that one
    /// put in order is found again.
    private static let refusedRest: Nanoseconds = 300_000_000_000
    /// How long one rests that has spent its limit, where the provider does not say.
    private static let spentRest: Nanoseconds = 5_000_000_000

    /// - Parameter count: Keys there are; at least 1.
    package init(count: Int) {
        precondition(count >= 1, "a ring has a key")
        restUntil = Array(repeating: 0, count: count)
    }

    /// The key to use. When all of them rest it is the one that rests the shortest time: rather a refusal by the provider
    /// than one by us.
    package mutating func key(_ now: Nanoseconds) -> Int {
        if restUntil[current] <= now { return current }
        for step in 1..<max(restUntil.count, 2) {
            let key = (current + step) % restUntil.count
            if restUntil[key] <= now {
                current = key
                return key
            }
        }
        return restUntil.indices.min { restUntil[$0] < restUntil[$1] } ?? current
    }

    /// How many keys rest.
    package func resting(_ now: Nanoseconds) -> Int { restUntil.count { $0 > now } }

    /// Whether a key is there that does not rest.
    package func hasAnother(_ now: Nanoseconds) -> Bool { restUntil.contains { $0 <= now } }

    /// A key was refused; it rests, never shorter than it did already.
    ///
    /// - Parameters:
    ///   - status: The answer's. Of any other than 401, 402, 403 and 429 nothing follows.
    ///   - asked: How long the provider asked to wait.
    /// - Returns: Whether another key may be tried at once.
    package mutating func refused(_ key: Int, status: Int, asked: Nanoseconds? = nil, _ now: Nanoseconds) -> Bool {
        let rest: Nanoseconds
        switch status {
        case 401, 402, 403: rest = Self.refusedRest
        case 429: rest = asked ?? Self.spentRest
        default: return false
        }
        let (end, overflows) = now.addingReportingOverflow(rest)
        restUntil[key] = max(restUntil[key], overflows ? .max : end)
        return hasAnother(now)
    }
}
