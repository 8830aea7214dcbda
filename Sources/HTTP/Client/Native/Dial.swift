import CSystem
import Glibc

/// Opens a TCP connection to the first of several addresses that answers (RFC 8305, "happy eyeballs").
///
/// The next address is tried when one has failed, or has not answered for 250 ms; the ones still pending go on, and
/// whichever connects first wins. Belongs to one loop.
final class Dial {
    private let loop: EventLoop
    private let gate = Gate()
    private let stagger = Deadline()
    private var attempts: [Attempt] = []
    private var isStaggerOver = false
    private var isAbandoned = false

    /// RFC 8305 5, "Connection Attempt Delay".
    private static let staggerNanoseconds: UInt64 = 250_000_000

    init(on loop: EventLoop) {
        self.loop = loop
        stagger.whenExpired { [unowned self] in
            isStaggerOver = true
            gate.wake()
        }
    }

    /// The descriptor of the connection, non-blocking and without delay, to own; nil when it was abandoned.
    ///
    /// - Throws: `SocketError` of the last address that failed, once all have.
    func connect(to addresses: [ResolvedAddress]) async throws(SocketError) -> Int32? {
        defer { end() }
        var next = 0
        var failure = SocketError("connect", EADDRNOTAVAIL)
        while !isAbandoned {
            if let winner = attempts.first(where: { $0.state == .connected }) { return winner.take() }
            attempts.removeAll { attempt in
                guard case .failed(let code) = attempt.state else { return false }
                failure = SocketError("connect", code)
                attempt.close()
                return true
            }
            if next < addresses.count, attempts.isEmpty || isStaggerOver {
                attempts.append(Attempt(addresses[next], on: loop, gate))
                next += 1
                isStaggerOver = false
                if next < addresses.count { loop.arm(stagger, nanoseconds: Self.staggerNanoseconds) }
            } else if attempts.isEmpty {
                throw failure
            } else {
                await gate.sleep()
            }
        }
        return nil
    }

    /// Ends the wait of `connect`.
    func abandon() {
        isAbandoned = true
        gate.wake()
    }

    private func end() {
        loop.remove(stagger)
        for attempt in attempts { attempt.close() }
        attempts = []
    }
}

/// One address being connected to.
private final class Attempt: EventHandler {
    enum State: Equatable {
        case pending, connected
        case failed(Int32)
    }

    private(set) var state = State.pending
    private var descriptor: Int32
    private var isWatched = false
    private let loop: EventLoop
    private let gate: Gate

    init(_ address: ResolvedAddress, on loop: EventLoop, _ gate: Gate) {
        self.loop = loop
        self.gate = gate
        let kind = csystem_SOCK_STREAM | csystem_SOCK_NONBLOCK | csystem_SOCK_CLOEXEC
        descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else {
            state = .failed(errno)
            return
        }
        Self.setOptions(of: descriptor)
        let code = address.withSystemAddress { Glibc.connect(descriptor, $0, $1) }
        if code == 0 {
            state = .connected
        } else if errno == EINPROGRESS {
            watch()
        } else {
            state = .failed(errno)
        }
    }

    private func watch() {
        do throws(SocketError) {
            try loop.register(descriptor, for: [.write, .edgeTriggered], self)
            isWatched = true
        } catch { state = .failed(error.code) }
    }

    /// Small packets go out at once; a peer that vanished is noticed while an answer is waited for, and the path's
    /// state is kept alive: a model may think for minutes without a byte.
    private static func setOptions(of descriptor: Int32) {
        func set(_ level: Int32, _ option: Int32, _ value: Int32) {
            var value = value
            setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        let tcp = Int32(IPPROTO_TCP)
        set(tcp, TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(tcp, TCP_KEEPIDLE, 60)
        set(tcp, TCP_KEEPINTVL, 15)
        set(tcp, TCP_KEEPCNT, 4)
    }

    func ready(_ readiness: Readiness) {
        guard state == .pending else { return }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        state = code == 0 ? .connected : .failed(code)
        gate.wake()
    }

    /// Hands the descriptor over.
    func take() -> Int32 {
        unwatch()
        defer { descriptor = -1 }
        return descriptor
    }

    func close() {
        unwatch()
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func unwatch() {
        if isWatched { loop.unregister(descriptor) }
        isWatched = false
    }
}
