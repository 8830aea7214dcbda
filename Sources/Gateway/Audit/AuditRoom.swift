import HTTP
import Platform

/// The auditor with the loop and the thread that it works on.
final class AuditRoom: Sendable {
    let auditor: CacheAuditor
    private let loop: EventLoop
    private let thread: WorkerThread

    init(_ context: GatewayContext) throws(SocketError) {
        loop = try EventLoop(time: context.time)
        auditor = CacheAuditor(context, on: loop)
        thread = loop.start(name: "audit")
    }

    /// Gives up what is in flight, and ends the thread. Blocks: not for a loop.
    func close() {
        let isClosed = Monitor(false)
        let auditor = auditor
        _ = Task(executorPreference: loop) {
            await auditor.close()
            isClosed.withLock { $0 = true }
            isClosed.wake()
        }
        isClosed.wait { $0 }
        loop.stop()
        thread.join()
    }
}
