import Glibc
import HTTP
import Platform

/// The workers of one address: a loop, a thread and a listening socket each.
final class WorkerGroup: Sendable {
    let address: SocketAddress
    private let workers: [Worker]
    private let threads: [WorkerThread]

    /// Binds, starts the threads, and returns once every worker accepts.
    ///
    /// - Parameters:
    ///   - listening: Descriptors that listen already, instead of binding `address`.
    ///   - tls: What connections are encrypted with; nil for plain text.
    ///   - makeHandler: Called once on each loop.
    init(
        _ address: SocketAddress, listening: [Int32] = [], count: Int, name: String,
        limits: Connection.Limits = .init(LimitSettings()), connectionLimit: Int = 1024,
        gauges: ConnectionGauges = ConnectionGauges(), buffers: BufferBudget = BufferBudget(limitBytes: .max),
        tls: TLSContext? = nil, time: any TimeSource,
        makeHandler: @escaping @Sendable (EventLoop) -> any RequestHandler
    ) throws(StartupError) {
        do throws(SocketError) {
            let sockets =
                listening.isEmpty
                ? try ListeningSockets(binding: address, count: count)
                : try ListeningSockets(adopting: listening, count: count)
            self.address = sockets.address
            var workers: [Worker] = []
            var threads: [WorkerThread] = []
            for (index, descriptors) in sockets.byLoop.enumerated() {
                let loop = try EventLoop(time: time)
                let worker = Worker(
                    loop, limits: limits, connectionLimit: connectionLimit, gauges: gauges, buffers: buffers, tls: tls,
                    makeHandler: makeHandler)
                threads.append(loop.start(name: "\(name)-\(index)"))
                workers.append(worker)
                try Self.onLoop(of: worker) { (worker) throws(SocketError) in
                    try await worker.start(descriptors, areShared: sockets.areShared)
                }
            }
            self.workers = workers
            self.threads = threads
        } catch {
            let hint = error.code == EADDRINUSE ? "; is another gateway running? Choose another port" : ""
            throw StartupError("\(error)\(hint)")
        }
    }

    /// Runs `body` on the worker's loop and waits for it: for starting and stopping, never on a loop.
    private static func onLoop(
        of worker: Worker, _ body: @escaping @Sendable (Worker) async throws(SocketError) -> Void
    ) throws(SocketError) {
        let outcome = Monitor<Result<Void, SocketError>?>(nil)
        Task(executorPreference: worker.loop) {
            do throws(SocketError) {
                try await body(worker)
                outcome.withLock { $0 = .success(()) }
            } catch { outcome.withLock { $0 = .failure(error) } }
            outcome.wake()
        }
        outcome.wait { $0 != nil }
        try outcome.withLock { $0! }.get()
    }

    /// Encrypts connections accepted from now on with `context`; returns once every worker does.
    func encrypt(with context: TLSContext) {
        let left = Monitor(workers.count)
        for worker in workers {
            Task(executorPreference: worker.loop) {
                await worker.encrypt(with: context)
                left.withLock { $0 -= 1 }
                left.wake()
            }
        }
        left.wait { $0 == 0 }
    }

    /// Gives up what is in hand.
    func abandon() {
        for worker in workers { Task(executorPreference: worker.loop) { await worker.abandon() } }
    }

    /// Lets what is in hand finish, then stops the loops.
    ///
    /// - Parameters:
    ///   - patience: How long that may take; what is in hand then is given up.
    ///   - idleGrace: How long clients at rest may still send one request.
    /// - Returns: Whether everything finished within `patience`.
    @discardableResult
    func drain(patience: Duration, idleGrace: Duration = .zero) -> Bool {
        let left = Monitor(workers.count)
        for worker in workers {
            Task(executorPreference: worker.loop) {
                await worker.drain(idleGrace: idleGrace)
                left.withLock { $0 -= 1 }
                left.wake()
            }
        }
        let isWhole = left.wait(atMost: patience) { $0 == 0 }
        if !isWhole {
            abandon()
            // Time for last words, and for the clients to take them.
            if !left.wait(atMost: .seconds(3), until: { $0 == 0 }) {
                for worker in workers { Task(executorPreference: worker.loop) { await worker.cut() } }
                left.wait(atMost: .seconds(2)) { $0 == 0 }
            }
        }
        for worker in workers { worker.loop.stop() }
        for thread in threads { thread.join() }
        return isWhole
    }
}
