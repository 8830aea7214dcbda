import Platform

/// A thread that does what it is handed, one piece after the other, while those who handed it over sleep.
final class SerialWork: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let state = Monitor(State())
    private let thread: WorkerThread

    init(name: String) {
        let state = state
        thread = WorkerThread(name: name) {
            while true {
                state.wait { !$0.waiting.isEmpty || $0.isClosed }
                let (pieces, isLast) = state.withLock { state in
                    defer { state.waiting = [] }
                    return (state.waiting, state.isClosed)
                }
                for piece in pieces { piece() }
                if isLast { return }
            }
        }
    }

    /// Does what was handed over so far, and ends the thread. What comes later is done where it comes from.
    func close() {
        state.withLock { $0.isClosed = true }
        state.wake()
        thread.join()
    }

    /// Runs `body` on the thread and returns what it returns.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { waiting in
            let isTaken = state.withLock { state in
                if state.isClosed { return false }
                state.waiting.append { waiting.resume(returning: body()) }
                return true
            }
            if isTaken { state.wake() } else { waiting.resume(returning: body()) }
        }
    }
}
