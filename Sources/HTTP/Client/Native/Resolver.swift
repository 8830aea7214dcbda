import CSystem
import Glibc
package import Platform

/// An address as the system's calls take it.
struct ResolvedAddress: Sendable {
    private var storage = sockaddr_storage()
    private let length: socklen_t
    let family: Int32

    init(_ info: addrinfo) {
        length = min(info.ai_addrlen, socklen_t(MemoryLayout<sockaddr_storage>.size))
        family = info.ai_family
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: info.ai_addr, count: Int(length)))
        }
    }

    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}

/// Looks names up on threads of their own, since `getaddrinfo` blocks, and remembers the addresses for a while.
///
/// Shared by all loops. One look-up a name at a time, whoever asks; when a later one fails, the addresses of the last
/// that did not are still good: a name server's outage does not become the provider's.
package final class Resolver: Sendable {
    private struct Entry {
        var addresses: [ResolvedAddress] = []
        var expiresAt: UInt64 = 0
        var waiting: [Ticket] = []
        var isBeingLookedUp = false
    }

    /// One caller's place in the queue of a look-up.
    final class Ticket: Sendable {
        private struct State {
            var outcome: Outcome?
            var sleeper: UnsafeContinuation<Outcome, Never>?
        }
        private let state = Lock(State())

        /// The addresses, or why there are none; nil when nobody waits for them any more.
        func wait() async -> Outcome {
            await withUnsafeContinuation { continuation in
                let outcome = state.withLock { state in
                    if state.outcome == nil { state.sleeper = continuation }
                    return state.outcome
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        }

        /// Tells whoever waits; only the first word counts. May be called from any thread.
        func tell(_ outcome: Outcome) {
            let sleeper = state.withLock { state in
                if state.outcome == nil { state.outcome = outcome }
                return state.sleeper.take()
            }
            sleeper?.resume(returning: outcome)
        }
    }

    enum Outcome: Sendable {
        case found([ResolvedAddress])
        case failed(String)
        case abandoned
    }

    private let entries = Lock<[String: Entry]>([:])
    private let lookUps = Lock(0)
    private let time: any TimeSource

    package init(time: any TimeSource) { self.time = time }

    /// How often the system has been asked.
    var lookUpCount: Int { lookUps.withLock { $0 } }

    /// Asks for the addresses of an origin's host; the ticket tells them, at once if they are known.
    func ask(_ origin: UpstreamOrigin) -> Ticket {
        let ticket = Ticket()
        // An address in digits is nobody's to look up.
        if let numeric = try? Self.lookUp(origin.host, origin.port, flags: AI_NUMERICHOST | AI_NUMERICSERV).get() {
            ticket.tell(.found(numeric))
            return ticket
        }
        let now = time.monotonicNanoseconds()
        let key = "\(origin.host):\(origin.port)"
        let (known, mustStart) = entries.withLock { entries in
            var entry = entries[key] ?? Entry()
            defer { entries[key] = entry }
            if entry.expiresAt > now { return ([ResolvedAddress]?.some(entry.addresses), false) }
            entry.waiting.append(ticket)
            defer { entry.isBeingLookedUp = true }
            return (nil, !entry.isBeingLookedUp)
        }
        if let known { ticket.tell(.found(known)) }
        if mustStart { start(key, origin) }
        return ticket
    }

    private func start(_ key: String, _ origin: UpstreamOrigin) {
        lookUps.withLock { $0 += 1 }
        _ = WorkerThread(name: "resolver") { [self] in
            let result = Self.lookUp(origin.host, origin.port, flags: AI_NUMERICSERV)
            let now = time.monotonicNanoseconds()
            let (waiting, outcome) = entries.withLock { entries in
                var entry = entries[key] ?? Entry()
                defer { entries[key] = entry }
                entry.isBeingLookedUp = false
                let outcome: Outcome
                switch result {
                case .success(let addresses):
                    entry.addresses = addresses
                    entry.expiresAt = now &+ origin.addressLifetime
                    outcome = .found(addresses)
                case .failure(let error) where entry.addresses.isEmpty: outcome = .failed(error.reason)
                case .failure:
                    // Believed once more for their time, so that not every call waits for a name server that is gone.
                    entry.expiresAt = now &+ origin.addressLifetime
                    outcome = .found(entry.addresses)
                }
                let waiting = entry.waiting
                entry.waiting = []
                return (waiting, outcome)
            }
            for ticket in waiting { ticket.tell(outcome) }
        }
    }

    private struct LookUpError: Error {
        let reason: String
    }

    /// Asks the system; the families alternate, in its order of preference (RFC 8305 4).
    private static func lookUp(
        _ host: String, _ port: UInt16, flags: Int32
    ) -> Result<[ResolvedAddress], LookUpError> {
        var hints = addrinfo()
        hints.ai_socktype = csystem_SOCK_STREAM
        hints.ai_flags = flags
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0, found != nil else { return .failure(LookUpError(reason: String(cString: gai_strerror(code)))) }
        defer { freeaddrinfo(found) }
        var preferred: [ResolvedAddress] = []
        var others: [ResolvedAddress] = []
        var next = found
        while let info = next {
            let address = ResolvedAddress(info.pointee)
            if address.family == preferred.first?.family ?? address.family {
                preferred.append(address)
            } else {
                others.append(address)
            }
            next = info.pointee.ai_next
        }
        var alternating: [ResolvedAddress] = []
        for index in 0..<max(preferred.count, others.count) {
            if index < preferred.count { alternating.append(preferred[index]) }
            if index < others.count { alternating.append(others[index]) }
        }
        return .success(Array(alternating.prefix(addressLimit)))
    }

    /// Addresses of a name that are tried.
    private static let addressLimit = 16
}
