import Cache
import Platform
import Synchronization

/// The flights that may be joined, of every loop: identical requests find each other here.
///
/// In shards, so that loops rarely meet; a look-up that hits never comes here.
final class FlightDirectory: Sendable {
    /// Whom a request can join. A stream and a whole answer do not join each other.
    struct Name: Hashable, Sendable {
        let key: CacheKey
        let isStream: Bool
    }

    private final class Shard: Sendable {
        let flights = Lock<[Name: Flight]>([:])
        /// How many flights have left it.
        let departures = Atomic<Int>(0)
    }

    /// What a request that found nothing stored is to do.
    enum Claim {
        /// Ask the upstream, for all who come meanwhile.
        case lead(Flight)
        case follow(FlightSeat)
        /// Look in the cache again: an answer may have been stored since it was looked for.
        case lookAgain
    }

    private static let shardCount = 64
    private let shards = (0..<shardCount).map { _ in Shard() }

    /// A number to hand to `claim`, taken before the cache is looked at.
    func departures(near name: Name) -> Int { shard(of: name).departures.load(ordering: .acquiring) }

    /// Joins the flight of a request, or begins it.
    ///
    /// - Parameters:
    ///   - departures: As of before the cache was looked at.
    ///   - makeFlight: Called where the request is the first.
    func claim(_ name: Name, since departures: Int, _ makeFlight: () -> Flight) -> Claim {
        let shard = shard(of: name)
        return shard.flights.withLock { flights in
            if let seat = flights[name]?.join() { return .follow(seat) }
            // What ends is stored first, and leaves then: whoever missed both was between them.
            guard shard.departures.load(ordering: .relaxed) == departures else { return .lookAgain }
            let flight = makeFlight()
            flights[name] = flight
            return .lead(flight)
        }
    }

    /// Adds a flight that is to be seen and not joined; false where there is one of that name.
    func add(_ flight: Flight) -> Bool {
        shard(of: flight.name).flights.withLock { flights in
            if flights[flight.name] != nil { return false }
            flights[flight.name] = flight
            return true
        }
    }

    /// Takes a flight out, once its answer is stored or there will be none; nothing where it is gone already.
    func remove(_ flight: Flight) {
        let shard = shard(of: flight.name)
        shard.flights.withLock { flights in
            // Another may have taken the place of one that nobody could join.
            guard flights[flight.name] === flight else { return }
            flights[flight.name] = nil
            shard.departures.add(1, ordering: .releasing)
        }
    }

    private func shard(of name: Name) -> Shard { shards[name.key.hashValue & (Self.shardCount - 1)] }
}
