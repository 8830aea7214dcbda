import HTTP
import Metrics
import Platform
import Synchronization

/// One upstream call that any number of clients listen to: what has come of its answer so far, and who waits for more.
///
/// The client whose request was sent upstream leads: its task reads the upstream, appends what comes, and ends the
/// flight, also after its own client has left, as long as anyone else listens. Others follow (`FlightSeat`), each on a
/// loop of its own and at a place of its own in the same bytes; whoever comes late begins at the first one.
///
/// All bytes are held up to a limit; the cache then stores them from here. An answer that grows beyond it takes no more
/// followers, and those whom it has set the pace: what all of them have been given is let go.
final class Flight: Sendable {
    /// How an answer begins, as every client is told it.
    struct Head: Sendable {
        let status: Int
        /// Header lines of the upstream's.
        var lines: [UInt8]
        let hasRequestID: Bool
        /// Whether the answer comes in events; otherwise it comes whole.
        let isStream: Bool
        let model: String?
        let provider: String
    }

    /// What the call came to: whoever followed is told what it would have cost.
    struct Receipt: Sendable {
        var cost: PicoDollars?
        var finishReason: String?
        /// Why the answer is none, although all of it came.
        var errorCode: String?
    }

    /// How a flight ends, for everyone on it.
    enum End: Sendable {
        case whole(Receipt)
        /// Nothing was sent to any client, and nothing will be: this is why.
        case refused(GatewayError)
        /// The stream that had begun will not become whole.
        case brokenOff(UpstreamFailure)
        /// An answer that suits its leader alone: everyone else asks for itself.
        case unshared
    }

    struct State {
        var head: Head?
        /// What has come from `start` on.
        var bytes: [UInt8] = []
        /// How many bytes came before, and were let go.
        var start = 0
        /// Where the chunk stands that only those see who asked for usage.
        var usageEvents: [Range<Int>] = []
        var end: End?
        /// Whether all bytes are still held, and others may join.
        var isHeld = true
        var isLed = true
        /// Raised whenever there may be something new for those who wait.
        var version = 0
        var places: [Int: FlightSeat.Place] = [:]
        var seatCount = 0
        /// The leader, where it waits for followers to catch up.
        var leader: UnsafeContinuation<Void, Never>?

        var count: Int { start &+ bytes.count }
    }

    private let state = Lock(State())
    private let followerCount = Atomic<Int>(0)
    private let call: LoopReference<Call>
    private let limitBytes: Int
    private let directory: FlightDirectory?
    /// By which others find it.
    let name: FlightDirectory.Name

    /// - Parameters:
    ///   - call: The leader's.
    ///   - limitBytes: How much of the answer is held.
    ///   - directory: Where others find it, until it ends; nil for one that nobody joins.
    init(
        _ name: FlightDirectory.Name, leader call: LoopReference<Call>, limitBytes: Int, in directory: FlightDirectory?
    ) {
        self.name = name
        self.call = call
        self.limitBytes = limitBytes
        self.directory = directory
    }

    /// Whether anyone follows.
    var isShared: Bool { followerCount.load(ordering: .acquiring) > 0 }

    // MARK: The leader's side

    /// A stream has begun.
    func begin(_ head: Head) {
        tell { $0.head = head }
    }

    /// More of a stream has come.
    ///
    /// - Parameter usageEvent: Where in `bytes` the chunk stands that only those see who asked for usage.
    func append(_ bytes: RawSpan, usageEvent: Range<Int>?) {
        guard !bytes.isEmpty else { return }
        tell { state in
            if state.isHeld, state.bytes.count &+ bytes.byteCount > limitBytes { Self.letGo(&state) }
            if let usageEvent {
                let base = state.count
                state.usageEvents.append(base &+ usageEvent.lowerBound..<base &+ usageEvent.upperBound)
            }
            if state.isHeld || !state.places.isEmpty {
                if state.bytes.isEmpty { state.bytes.reserveCapacity(Self.firstCapacity) }
                bytes.withUnsafeBytes { state.bytes.append(contentsOf: $0) }
            } else {
                state.start &+= bytes.byteCount
            }
        }
    }

    private static let firstCapacity = 4096

    /// Holds the whole answer no longer: what follows is passed on at the pace of those who listen.
    func stopHolding() { state.withLock(Self.letGo) }

    private static func letGo(_ state: inout State) {
        state.isHeld = false
        guard state.places.isEmpty else { return }
        state.start = state.count
        state.bytes = []
    }

    /// Waits, where the answer is no longer held, until everyone has been given what has come.
    func waitForFollowers() async {
        guard isShared else { return }
        await withUnsafeContinuation { continuation in
            let mayGo = state.withLock { state in
                if state.isHeld || state.everyoneHasAll { return true }
                state.leader = continuation
                return false
            }
            if mayGo { continuation.resume() }
        }
        state.withLock { state in
            guard !state.isHeld else { return }
            state.start = state.count
            state.bytes.removeAll(keepingCapacity: true)
        }
    }

    /// Whether all of the answer so far is held.
    var isHeld: Bool { state.withLock { $0.isHeld } }

    /// Bytes that are held; 0 once they are held no longer.
    var heldBytes: Int { state.withLock { $0.isHeld ? $0.bytes.capacity : 0 } }

    /// Lends all that has come, if all of it is held.
    func withHeldBytes(_ body: (RawSpan) -> Void) {
        state.withLock { state in if state.isHeld { body(state.bytes.span.bytes) } }
    }

    /// A whole answer has come, and ends the flight. It is copied only where somebody waits for it.
    func deliver(_ body: RawSpan, _ receipt: Receipt, _ makeHead: () -> Head) {
        // Before it ends: who looked in the cache too early to find the answer there is then sent back to look again.
        directory?.remove(self)
        tell { state in
            if !state.places.isEmpty {
                state.head = makeHead()
                body.withUnsafeBytes { state.bytes.append(contentsOf: $0) }
            }
            state.end = .whole(receipt)
        }
    }

    /// Ends the flight, unless it has ended.
    func end(_ end: End) {
        directory?.remove(self)
        tell { state in if state.end == nil { state.end = end } }
    }

    /// The leader's client has left, or is as good as gone.
    ///
    /// - Returns: Whether others listen. If not, nobody can join any more.
    func goesOnWithoutLeader() -> Bool {
        state.withLock { state in
            state.isLed = false
            return state.end == nil && !state.places.isEmpty
        }
    }

    // MARK: The followers' side

    /// A seat for another client; nil when it came too late.
    func join() -> FlightSeat? {
        let place = state.withLock { state -> Int? in
            guard state.isHeld, state.end == nil, state.isLed || !state.places.isEmpty else { return nil }
            state.seatCount += 1
            state.places[state.seatCount] = FlightSeat.Place()
            return state.seatCount
        }
        guard let place else { return nil }
        followerCount.add(1, ordering: .releasing)
        // From now on others depend on what the leader does, who may be waiting for its client.
        call.run { $0.followersChanged() }
        return FlightSeat(self, place)
    }

    /// Looks at the flight, and at one's own place on it, alone; afterwards the leader goes on, if it waited for this.
    func visit<Result>(_ place: Int, _ body: (State, inout FlightSeat.Place) -> Result) -> Result {
        let (result, leader) = state.withLock { state in
            var own = state.places[place] ?? FlightSeat.Place()
            let result = body(state, &own)
            state.places[place] = own
            return (result, state.leader == nil || !state.everyoneHasAll ? nil : state.leader.take())
        }
        leader?.resume()
        return result
    }

    /// Gives a seat up. When it was the last, and the leader's client has left too, the upstream call ends.
    func leave(_ place: Int) {
        let (leader, isAlone, isDeserted) = state.withLock { state in
            state.places[place] = nil
            let isAlone = state.places.isEmpty
            if isAlone, !state.isHeld { Self.letGo(&state) }
            return (
                state.everyoneHasAll ? state.leader.take() : nil, isAlone, isAlone && !state.isLed && state.end == nil
            )
        }
        followerCount.subtract(1, ordering: .releasing)
        leader?.resume()
        if isDeserted {
            call.run { $0.watched?.cancel() }
        } else if isAlone {
            call.run { $0.followersChanged() }
        }
    }

    /// Changes the state, and wakes whoever waits for news.
    private func tell(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state -> [UnsafeContinuation<Void, Never>] in
            change(&state)
            state.version &+= 1
            guard !state.places.isEmpty else { return [] }
            return state.places.keys.compactMap { state.places[$0]?.waiting.take() }
        }
        for follower in waiting { follower.resume() }
    }
}

extension Flight.State {
    /// Whether no follower has anything left to take of what has come.
    fileprivate var everyoneHasAll: Bool { places.values.allSatisfy { $0.position == count } }
}
