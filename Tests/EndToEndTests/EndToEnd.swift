import Dispatch
import TestSupport
import Testing

/// The tests of the built program, run as a user runs it. One after the other: each has processes of its own to
/// start, and some watch the clock.
@Suite(.serialized, .onOwnThread) enum EndToEnd {}

/// Runs each test on a thread of its own, for tests that wait for processes: the shared pool has a thread a core, and
/// two that block would hold up every other test.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(ThreadExecutor()) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    static var onOwnThread: Self { OwnThread() }
}

/// A task executor that may block: Dispatch gives its queue another thread when all are waiting.
private final class ThreadExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "blocking-test")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// A chat request that nobody else makes.
func question(_ text: String, stream: Bool = false) -> String {
    #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"\#(text)"}]\#(stream ? #","stream":true"# : "")}"#
}
