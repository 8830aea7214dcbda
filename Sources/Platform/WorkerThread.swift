import CSystem
import Glibc

/// A thread of its own for work that blocks, which no loop may do.
package final class WorkerThread: Sendable {
    private let thread: Lock<pthread_t?>

    /// Starts the thread, which ends when `body` returns.
    ///
    /// - Parameter name: What tools show it as; the kernel keeps fifteen bytes.
    package init(name: String, _ body: @escaping @Sendable () -> Void) {
        var created = pthread_t()
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        let code = pthread_create(&created, nil, run, start.toOpaque())
        precondition(code == 0, "the system has no thread left: \(String(cString: strerror(code)))")
        thread = Lock(created)
    }

    /// Waits until the thread has ended. A second call returns at once.
    package func join() {
        guard let thread = thread.withLock({ thread in thread.take() }) else { return }
        pthread_join(thread, nil)
    }

    deinit {
        if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
    }
}

/// What a new thread is handed, through a pointer.
private final class Start {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    // What the body holds is let go before the thread counts as ended.
    if let argument {
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        _ = csystem_name_thread(start.name)
        start.body()
    }
    return nil
}
