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

    /// Takes over an open descriptor, which it closes.
    package init(adopting descriptor: Int32, on loop: EventLoop) throws(SocketError) {
        self.descriptor = descriptor
        self.loop = loop
        inbound = ByteBuffer(capacity: 4096)
        outbound = ByteBuffer(capacity: 2048)
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

    package func ready(_ readiness: Readiness) {
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
            }
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
    package func tryRead(room: Int = 16384) -> ReadOutcome {
        guard descriptor >= 0 else { return .failed(EPIPE) }
        guard mayRead else { return .nothingYet }
        inbound.reserve(room)
        let spare = inbound.spare
        let size = min(spare.count, max(room, 1))
        while true {
            let count = Glibc.read(descriptor, spare.baseAddress, size)
            if count > 0 {
                inbound.commit(count)
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

    /// Reads once into `inbound`, waiting until there is something. False at the peer's end.
    package func read(room: Int = 16384) async throws(SocketError) -> Bool {
        while true {
            switch tryRead(room: room) {
            case .bytes: return true
            case .end: return false
            case .failed(let code): throw SocketError("read from a connection", code)
            case .nothingYet:
                if isTimedOut { throw .timedOut }
                await withUnsafeContinuation { reader = $0 }
                if isTimedOut && !mayRead { throw .timedOut }
            }
        }
    }

    /// Whether the kernel holds bytes of the peer's that nobody has read.
    package var hasBytesWaiting: Bool {
        var byte: UInt8 = 0
        return descriptor >= 0 && recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
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
        while !outbound.isEmpty {
            if try writeOnce() { continue }
            try await waitUntilWritable()
        }
    }

    /// Writes `outbound` and then `bytes`, in one system call where the peer accepts it, without copying `bytes`
    /// that are accepted. What was not accepted is copied to `outbound`, so `bytes` need not live any longer.
    package func write(then bytes: UnsafeRawBufferPointer) throws(SocketError) {
        guard !bytes.isEmpty else { return }
        guard mayWrite, descriptor >= 0 else {
            outbound.append(bytes)
            return
        }
        let first = outbound.bytes
        let written = withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { vectors in
            vectors[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
            vectors[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
            return Glibc.writev(descriptor, vectors.baseAddress, 2)
        }
        if written < 0 {
            guard errno == EAGAIN || errno == EINTR else { throw SocketError("write to a connection", errno) }
            mayWrite = errno == EINTR
            outbound.append(bytes)
        } else if written < first.count {
            outbound.consume(written)
            outbound.append(bytes)
        } else {
            outbound.consume(first.count)
            outbound.append(UnsafeRawBufferPointer(rebasing: bytes[(written &- first.count)...]))
        }
    }

    /// Writes once; false when the kernel's buffer is full.
    private func writeOnce() throws(SocketError) -> Bool {
        guard descriptor >= 0 else { throw .closed }
        guard mayWrite else { return false }
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
    package func shutDownSending() { if descriptor >= 0 { Glibc.shutdown(descriptor, Int32(SHUT_WR)) } }

    /// Closes at once; whoever waits is woken and finds the socket closed, and whoever watches is told that the
    /// connection is broken.
    package func close() {
        guard descriptor >= 0 else { return }
        let watcher = onPeerGone
        onPeerGone = nil
        onReadable = nil
        loop.remove(deadline)
        loop.forget(descriptor)
        Glibc.close(descriptor)
        descriptor = -1
        wakeAll()
        watcher?(true)
    }
}
