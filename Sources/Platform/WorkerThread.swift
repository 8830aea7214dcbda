import CSystem
import Glibc

/// A thread of its own for work that blocks.
package struct WorkerThread: Sendable {
    private let thread: pthread_t

    /// Starts the thread.
    ///
    /// - Parameter name: At most 15 bytes, as tools show it.
    package init(name: String, _ work: @escaping @Sendable () -> Void) {
        let start = Unmanaged.passRetained(Start(name: name, work: work))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                _ = start.name.withCString { pthread_setname_np(pthread_self(), $0) }
                start.work()
                return nil
            }, start.toOpaque())
        precondition(code == 0, "no thread for \(name): \(String(cString: strerror(code)))")
        self.thread = thread
    }

    /// Waits until the work has returned.
    package func join() { pthread_join(thread, nil) }

    private final class Start {
        let name: String
        let work: @Sendable () -> Void
        init(name: String, work: @escaping @Sendable () -> Void) {
            self.name = name
            self.work = work
        }
    }
}
