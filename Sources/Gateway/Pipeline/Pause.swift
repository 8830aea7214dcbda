import HTTP

/// A wait on the loop that can be cut short.
final class Pause: Cancellable {
    private let loop: EventLoop
    private let deadline = Deadline()
    private var waiter: UnsafeContinuation<Void, Never>?
    /// Whether it was given up before its time.
    private(set) var isCancelled = false

    init(on loop: EventLoop) {
        self.loop = loop
        deadline.whenExpired { [unowned self] in wake() }
    }

    deinit { loop.remove(deadline) }

    func wait(_ nanoseconds: UInt64) async {
        if isCancelled { return }
        loop.arm(deadline, nanoseconds: nanoseconds)
        await withUnsafeContinuation { waiter = $0 }
    }

    func cancel() {
        isCancelled = true
        wake()
    }

    private func wake() {
        deadline.cancel()
        let waiting = waiter
        waiter = nil
        waiting?.resume()
    }
}
