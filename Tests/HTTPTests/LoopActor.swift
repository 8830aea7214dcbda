import HTTP
import Platform
import TestSupport

/// A loop on a thread of its own, and an actor that lives on it, for one test.
actor LoopActor {
    nonisolated let loop: EventLoop
    nonisolated let clock: ManualClock
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    /// What a test wants to live as long as the loop.
    var kept: [AnyObject] = []
    private let thread: WorkerThread

    init() throws {
        clock = ManualClock()
        loop = try EventLoop(time: clock)
        thread = loop.start(name: "test-loop")
    }

    /// Runs `body` on the loop's thread, with every continuation of it there too.
    nonisolated func run<Result: Sendable>(
        _ body: @escaping @Sendable (isolated LoopActor) async throws -> Result
    ) async throws -> Result {
        try await Task(executorPreference: loop) { try await body(self) }.value
    }

    /// Ends the loop once what it has in hand is done.
    nonisolated func stop() {
        loop.stop()
        thread.join()
    }
}
