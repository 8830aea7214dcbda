import CSystem
import Glibc

/// A connected, non-blocking stream socket on a loop, with the bytes read and the bytes still to write.
///
/// Registered once, edge-triggered, for both directions: the call is tried first and the task waits only when the
/// kernel says so. A read shorter than the room means that nothing is left, unless the peer's FIN was seen with it:
/// data and FIN arrive as one edge, and no other follows.
package final class Socket: EventHandler {
    package let loop: EventLoop
    private var descriptor: Int32
    /// Encrypts what goes over the socket; nil for plain text.
    private var tls: TLSSession?
    /// Whether TLS has to write before it can read on, or to read before it can write on.
    private var isCrossed = false
    /// Bytes that came and were not yet consumed.
    package var inbound: ByteBuffer
    /// Bytes to be written by the next `flush`.
    package var outbound: ByteBuffer

    private var mayRead = true
    private var mayWrite = true
    private var sawPeerClose = false
    private var isTimedOut = false
    private var reader: UnsafeContinuation<Void, Never>?
    private var writer: UnsafeContinuation<Void, Never>?
    private let deadline = Deadline()

    /// Called once on the loop when the peer shuts its sending side (`false`) or the connection breaks (`true`)
    /// while nobody reads: how a client that leaves is noticed during an upstream call.
    package var onPeerGone: ((_ broken: Bool) -> Void)?
    /// Called on the loop when bytes may be there to read and no task waits for them.
    package var onReadable: (() -> Void)?
    /// Called on the loop when the deadline passes while no task waits.
    var onExpiry: (() -> Void)?
    /// Called on the loop when bytes may be written again and no task waits for that.
    var onWritable: (() -> Void)?

    /// Takes over an open descriptor, which it closes.
    ///
    /// - Parameter tls: Encrypts what goes over it, once `handshake` is done.
    package init(adopting descriptor: Int32, on loop: EventLoop, tls: TLSSession? = nil) throws(SocketError) {
        self.descriptor = descriptor
        self.loop = loop
        self.tls = tls
        tls?.attach(to: descriptor)
        inbound = ByteBuffer()
        outbound = ByteBuffer()
        deadline.whenExpired { [unowned self] in expire() }
        do throws(SocketError) {
            try loop.register(descriptor, for: [.read, .write, .peerClosed, .edgeTriggered], self)
        } catch {
            Glibc.close(descriptor)
            self.descriptor = -1
            throw error
        }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    package var isOpen: Bool { descriptor >= 0 }
    /// Whether the peer has shut its sending side, or the connection is broken.
    package var isPeerGone: Bool { sawPeerClose }
    /// Whether the peer took up an earlier session of TLS.
    package var isResumed: Bool { tls?.isResumed ?? false }

    package func ready(_ readiness: Readiness) {
        let readiness = isCrossed ? readiness.union([.read, .write]) : readiness
        isCrossed = false
        if !readiness.isDisjoint(with: [.read, .peerClosed, .failed]) {
            mayRead = true
            if !readiness.isDisjoint(with: [.peerClosed, .failed]) { sawPeerClose = true }
            if let waiting = reader {
                reader = nil
                waiting.resume()
            } else {
                onReadable?()
                if sawPeerClose { onPeerGone?(!readiness.isDisjoint(with: .failed)) }
            }
        }
        if !readiness.isDisjoint(with: [.write, .failed]) {
            mayWrite = true
            if let waiting = writer {
                writer = nil
                waiting.resume()
            } else {
                onWritable?()
            }
        }
    }

    // MARK: TLS

    /// Agrees on TLS with the peer; nothing to do over plain text, or once it was done.
    ///
    /// - Throws: `TLSError` when there is no agreement, or the peer closes, or the deadline passes. To a peer that
    ///   speaks HTTP in the clear (`isPlainHTTP`) the socket is plain from then on.
    package func handshake() async throws(TLSError) {
        guard let tls, !tls.isEstablished else { return }
        while true {
            switch isOpen ? tls.handshake() : .end {
            case .bytes:
                // What came together with the end of the handshake waits in OpenSSL, and no event tells of it.
                mayRead = true
                return
            case .wantsRead:
                mayRead = false
                if !isTimedOut { await withUnsafeContinuation { reader = $0 } }
            case .wantsWrite:
                mayWrite = false
                if !isTimedOut { await withUnsafeContinuation { writer = $0 } }
            case .end, .failed:
                let error = tls.handshakeError
                if error.isPlainHTTP { self.tls = nil }
                throw error
            }
            if isTimedOut { throw TLSError("the TLS handshake took too long") }
        }
    }

    // MARK: Deadlines

    /// Ends the wait in hand, and later ones, with `SocketError.timedOut` after `nanoseconds`.
    package func expire(after nanoseconds: UInt64) {
        isTimedOut = false
        loop.arm(deadline, nanoseconds: nanoseconds)
    }

    /// Forgets the deadline, also one that has passed unnoticed.
    package func clearDeadline() {
        deadline.cancel()
        isTimedOut = false
    }

    private func expire() {
        isTimedOut = true
        if reader == nil, writer == nil { onExpiry?() }
        wakeAll()
    }

    /// Wakes whoever waits, so that it looks at the state again.
    private func wakeAll() {
        if let waiting = reader {
            reader = nil
            waiting.resume()
        }
        if let waiting = writer {
            writer = nil
            waiting.resume()
        }
    }

    // MARK: Reading

    /// What one attempt to read found.
    package enum ReadOutcome: Equatable, Sendable {
        case bytes
        case nothingYet
        case end
        case failed(Int32)
    }

    /// Reads once into `inbound`, up to `room` bytes, without waiting.
    package func tryRead(room: Int = 16384) -> ReadOutcome { tryRead(into: &inbound, room: room) }

    /// Reads once into a buffer, up to `room` bytes, without waiting.
    func tryRead(into buffer: inout ByteBuffer, room: Int) -> ReadOutcome {
        guard descriptor >= 0 else { return .failed(EPIPE) }
        guard mayRead else { return .nothingYet }
        if room <= BlockPool.blockBytes { loop.blocks.lend(to: &buffer) }
        buffer.reserve(room)
        let spare = buffer.spare
        let size = min(spare.count, max(room, 1))
        if let tls { return tryRead(tls, UnsafeMutableRawBufferPointer(rebasing: spare[..<size]), into: &buffer) }
        while true {
            let count = Glibc.read(descriptor, spare.baseAddress, size)
            if count > 0 {
                buffer.commit(count)
                if count < size && !sawPeerClose { mayRead = false }
                return .bytes
            }
            if count == 0 {
                sawPeerClose = true
                return .end
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                mayRead = false
                return .nothingYet
            default: return .failed(errno)
            }
        }
    }

    /// Reads what one record holds, or what is left of it. Nothing is left in the socket only when TLS says so, since
    /// it takes whole records off it.
    private func tryRead(
        _ tls: TLSSession, _ spare: UnsafeMutableRawBufferPointer, into buffer: inout ByteBuffer
    ) -> ReadOutcome {
        switch tls.read(into: spare) {
        case .bytes(let count):
            buffer.commit(count)
            return .bytes
        case .wantsRead:
            mayRead = false
            return .nothingYet
        case .wantsWrite:
            mayRead = false
            isCrossed = true
            return .nothingYet
        case .end:
            sawPeerClose = true
            return .end
        // An end without a word (RFC 8446 6.1) may be somebody else's: never the end of an answer.
        case .failed: return .failed(ECONNRESET)
        }
    }

    /// Reads once into `inbound`, waiting until there is something. False at the peer's end.
    package func read(room: Int = 16384) async throws(SocketError) -> Bool {
        try await read(into: &inbound, room: room)
    }

    /// Reads once into a buffer, waiting until there is something. False at the peer's end.
    func read(into buffer: inout ByteBuffer, room: Int) async throws(SocketError) -> Bool {
        while true {
            switch tryRead(into: &buffer, room: room) {
            case .bytes: return true
            case .end: return false
            case .failed(let code): throw SocketError("read from a connection", code)
            case .nothingYet:
                if isTimedOut { throw .timedOut }
                loop.blocks.reclaim(from: &buffer)
                await withUnsafeContinuation { reader = $0 }
                if isTimedOut && !mayRead { throw .timedOut }
            }
        }
    }

    /// Waits until there is something in `inbound`, or the connection's end is near; false when the deadline passed
    /// before. Nothing is held meanwhile.
    func waitForBytes() async -> Bool {
        while tryRead() == .nothingYet {
            loop.blocks.reclaim(from: &inbound)
            if isTimedOut { return false }
            await withUnsafeContinuation { reader = $0 }
        }
        return true
    }

    /// Whether bytes of the peer's have come that nobody has read.
    package var hasBytesWaiting: Bool {
        if let tls, tls.hasBytesWaiting { return true }
        var byte: UInt8 = 0
        return descriptor >= 0 && recv(descriptor, &byte, 1, csystem_MSG_LOOK) > 0
    }

    /// Whether the connection is alive and nothing has come that nobody read. Reads what TLS says to itself, such as
    /// sessions to resume.
    var isQuiet: Bool {
        guard descriptor >= 0, inbound.isEmpty, !sawPeerClose else { return false }
        if let tls {
            // What has come may not have been told yet.
            mayRead = true
            defer { loop.blocks.reclaim(from: &inbound) }
            return tryRead() == .nothingYet && !tls.hasBytesWaiting
        }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, csystem_MSG_LOOK) < 0 && errno == EAGAIN
    }

    // MARK: Writing

    /// Writes what the peer accepts now of `outbound`; true when that is all.
    package func tryFlush() throws(SocketError) -> Bool {
        while !outbound.isEmpty { guard try writeOnce() else { return false } }
        return true
    }

    /// Bytes to be written, and written ones that the peer has not acknowledged: what it has yet to accept.
    package var unacceptedBytes: Int { outbound.count &+ Int(descriptor < 0 ? 0 : csystem_unsent_bytes(descriptor)) }

    /// Writes what `outbound` holds, waiting as long as the peer takes to accept it.
    package func flush() async throws(SocketError) {
        while try !tryFlush() { try await waitUntilWritable() }
    }

    /// Writes `outbound` and then `bytes`, in one system call where the peer accepts it, without copying `bytes`
    /// that are accepted. What was not accepted is copied to `outbound`, so `bytes` need not live any longer.
    package func write(then bytes: UnsafeRawBufferPointer) throws(SocketError) {
        let accepted = try writeSome(then: bytes)
        outbound.append(UnsafeRawBufferPointer(rebasing: bytes[accepted...]))
    }

    /// Writes `outbound` and then `bytes`, as far as the peer accepts them now, in one system call.
    ///
    /// - Returns: How many of `bytes` were taken; the caller keeps the rest.
    func writeSome(then bytes: UnsafeRawBufferPointer) throws(SocketError) -> Int {
        guard descriptor >= 0 else { throw .closed }
        guard mayWrite, !bytes.isEmpty else { return 0 }
        if tls != nil { return try encryptSome(then: bytes) }
        let first = outbound.bytes
        let written = withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
            vectors[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
            vectors[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            return Glibc.writev(descriptor, vectors.baseAddress, 2)
        }
        if written < 0 {
            guard errno == EAGAIN || errno == EINTR else { throw SocketError("write to a connection", errno) }
            mayWrite = errno == EINTR
            return 0
        }
        outbound.consume(min(written, first.count))
        return max(written &- first.count, 0)
    }

    /// Over TLS the bytes go by way of `outbound`, so that head and body share a record: encrypting copies anyway.
    private func encryptSome(then bytes: UnsafeRawBufferPointer) throws(SocketError) -> Int {
        var taken = 0
        repeat {
            let count = min(bytes.count &- taken, max(Self.recordBytes &- outbound.count, 0))
            outbound.append(UnsafeRawBufferPointer(rebasing: bytes[taken..<(taken &+ count)]))
            taken &+= count
            // What waited from before goes first: a full record must not keep the next from being tried.
        } while try tryFlush() && taken < bytes.count
        return taken
    }

    /// The most that one TLS record carries (RFC 8446 5.1).
    private static let recordBytes = 16384

    /// Writes once; false when the kernel's buffer is full.
    private func writeOnce() throws(SocketError) -> Bool {
        guard descriptor >= 0 else { throw .closed }
        guard mayWrite else { return false }
        if let tls {
            switch tls.write(outbound.bytes) {
            case .bytes(let count):
                outbound.consume(count)
                return true
            case .wantsWrite:
                mayWrite = false
                return false
            case .wantsRead:
                mayWrite = false
                isCrossed = true
                return false
            case .end, .failed: throw SocketError("write to a connection", EPIPE)
            }
        }
        let count = Glibc.send(descriptor, outbound.bytes.baseAddress, outbound.count, csystem_MSG_NOSIGNAL)
        if count > 0 {
            outbound.consume(count)
            return true
        }
        switch errno {
        case EINTR: return true
        case EAGAIN:
            mayWrite = false
            return false
        default: throw SocketError("write to a connection", errno)
        }
    }

    private func waitUntilWritable() async throws(SocketError) {
        if isTimedOut { throw .timedOut }
        await withUnsafeContinuation { writer = $0 }
        if isTimedOut && !mayWrite { throw .timedOut }
    }

    // MARK: Closing

    /// Tells the peer that nothing more will come, and goes on reading.
    package func shutDownSending() {
        guard descriptor >= 0 else { return }
        tls?.sayEnd()
        Glibc.shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes with a reset, so that the peer can see that something went wrong.
    package func reset() {
        guard descriptor >= 0 else { return }
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        close()
    }

    /// Closes at once; whoever waits is woken and finds the socket closed, and whoever watches is told that the
    /// connection is broken.
    package func close() {
        guard descriptor >= 0 else { return }
        let watcher = onPeerGone
        onPeerGone = nil
        onReadable = nil
        onWritable = nil
        onExpiry = nil
        loop.remove(deadline)
        loop.forget(descriptor)
        tls?.sayEnd()
        Glibc.close(descriptor)
        descriptor = -1
        wakeAll()
        watcher?(true)
    }
}
