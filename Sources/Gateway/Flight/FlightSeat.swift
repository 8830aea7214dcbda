import HTTP

/// A follower's seat on a flight: its place in the bytes, and its sleep until there is more. Belongs to one loop.
final class FlightSeat: Cancellable {
    /// What the flight keeps of a seat.
    struct Place: Sendable {
        /// How many bytes were taken.
        var position = 0
        /// The flight's version when there was nothing new.
        var seen = -1
        var waiting: UnsafeContinuation<Void, Never>?
        /// Whether its client waits no longer.
        var isCancelled = false
    }

    /// What there is to take.
    enum News {
        case more
        /// All was taken, and nothing follows.
        case end(Flight.End)
        /// Its client has left, or its time is over.
        case cancelled
    }

    private let flight: Flight
    private let place: Int

    init(_ flight: Flight, _ place: Int) {
        self.flight = flight
        self.place = place
    }

    /// Waits for the answer's head, or for an end without one.
    func head() async -> (Flight.Head?, News) {
        while true {
            let found: (Flight.Head?, News)? = flight.visit(place) { state, own in
                if own.isCancelled { return (nil, .cancelled) }
                if let head = state.head { return (head, .more) }
                if let end = state.end { return (nil, .end(end)) }
                own.seen = state.version
                return nil
            }
            if let found { return found }
            await sleep()
        }
    }

    /// Waits until there is something to take.
    func news() async -> News {
        while true {
            let found: News? = flight.visit(place) { state, own in
                if own.isCancelled { return .cancelled }
                if own.position < state.count { return .more }
                if let end = state.end { return .end(end) }
                own.seen = state.version
                return nil
            }
            if let found { return found }
            await sleep()
        }
    }

    /// Sleeps until there may be news; not at all when something came since they were looked for.
    private func sleep() async {
        await withUnsafeContinuation { continuation in
            let mayGo = flight.visit(place) { state, own in
                if own.isCancelled || own.seen != state.version { return true }
                own.waiting = continuation
                return false
            }
            if mayGo { continuation.resume() }
        }
    }

    /// How many bytes have come.
    var count: Int { flight.visit(place) { state, _ in state.count } }

    /// What the call came to; nil while it goes on, or when it came to nothing.
    var receipt: Flight.Receipt? {
        flight.visit(place) { state, _ in if case .whole(let receipt)? = state.end { receipt } else { nil } }
    }

    /// Lends what has come and was not taken yet, in pieces, up to a bound; without the chunk that states the usage where
    /// that was not asked for.
    ///
    /// - Returns: Whether there was anything.
    func take(showsUsage: Bool, _ piece: (RawSpan) -> Void) -> Bool {
        flight.visit(place) { state, own in
            var position = own.position
            let end = min(state.count, position &+ Self.bytesAtOnce)
            let bytes = state.bytes.span.bytes
            func lend(to upper: Int) {
                guard upper > position else { return }
                piece(bytes.extracting(position &- state.start..<upper &- state.start))
                position = upper
            }
            if !showsUsage {
                for hidden in state.usageEvents where hidden.upperBound > position && hidden.lowerBound < end {
                    lend(to: hidden.lowerBound)
                    position = max(position, hidden.upperBound)
                }
            }
            lend(to: end)
            defer { own.position = position }
            return position > own.position
        }
    }

    /// Bytes taken at a time, so that one who comes late to a long answer does not hold it twice.
    private static let bytesAtOnce = 1 << 18

    /// Ends the wait in hand, and later ones.
    func cancel() {
        let waiting = flight.visit(place) { _, own in
            own.isCancelled = true
            return own.waiting.take()
        }
        waiting?.resume()
    }

    /// Gives the seat up; must be called, once.
    func leave() { flight.leave(place) }
}
