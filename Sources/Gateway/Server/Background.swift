import HTTP
import Platform

/// An actor that works beside the calls, on a loop of its own.
protocol BackgroundActor: Actor {
    /// Begins what it does of itself.
    func run() async
    /// Gives up what is in hand; returns once nothing of it is left.
    func close() async
}

extension BackgroundActor {
    /// Does nothing: it works when it is asked to.
    func run() async {}
}

/// Such an actor with its loop and its thread.
final class Background<Worker: BackgroundActor>: Sendable {
    let worker: Worker
    private let loop: EventLoop
    private let thread: WorkerThread

    /// - Parameters:
    ///   - name: The thread's.
    ///   - make: Called once; the loop is to be the actor's executor.
    init(name: String, time: any TimeSource, make: (EventLoop) -> Worker) throws(SocketError) {
        loop = try EventLoop(time: time)
        worker = make(loop)
        thread = loop.start(name: name)
        let worker = worker
        _ = Task(executorPreference: loop) { await worker.run() }
    }

    /// Closes the actor and ends the thread. Blocks: not for a loop.
    func close() {
        let isClosed = Monitor(false)
        let worker = worker
        _ = Task(executorPreference: loop) {
            await worker.close()
            isClosed.withLock { $0 = true }
            isClosed.wake()
        }
        isClosed.wait { $0 }
        loop.stop()
        thread.join()
    }
}
