import LMDB
import Platform

/// Work of the admin plane that would hold up its loop, which has scrapes and probes to answer: on threads of its own, a
/// few at a time.
final class AdminThreads: Sendable {
    private let name: String
    private let limit: Int
    private let running = Lock(0)

    /// - Parameters:
    ///   - name: What tools show the threads as.
    ///   - limit: Threads at most; whoever asks for more is told to come again.
    init(name: String, limit: Int) {
        self.name = name
        self.limit = limit
    }

    /// Runs `body` on a thread and sleeps until it is done; nil when all are busy.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StoreError) -> Value
    ) async throws(StoreError) -> Value? {
        let running = running
        let isTaken = running.withLock { [limit] count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isTaken else { return nil }
        let result: Result<Value, StoreError> = await withCheckedContinuation { waiting in
            _ = WorkerThread(name: name) {
                let result = Result(catching: body)
                running.withLock { $0 -= 1 }
                waiting.resume(returning: result)
            }
        }
        return try result.get()
    }
}
