import Foundation
import Metrics
import Platform
import TestSupport
import Testing

extension EndToEnd {
    /// `kill -9` in the middle of a load.
    struct KillTests {
        /// The promise of the ledger: whoever had an answer this long before is in it.
        private static let commitWithin = Duration.milliseconds(50)

        @Test func `no record is lost whose client had its answer 50 ms before, and it starts again at once`() throws {
            // On a disk, a commit waits for the disk's sync, which other tests can hold up beyond the promise.
            let directory = TemporaryDirectory(isInMemory: true)
            let data = directory.path + "/data"
            var gateway = try GatewayProcess(data: data, "--simulate")
            var seen: Set<String> = []
            for round in 1...5 {
                let disk = DiskProbe(directory: directory.path)
                let load = Load(port: gateway.port, round: round)
                #expect(load.waitForAnswers(800), "only \(load.answers.count) answers came in time")
                let killed = ContinuousClock.now
                gateway.signal(SIGKILL)
                load.stop()
                let slowestSync = disk.stop()
                #expect(gateway.waitForExit() == 128 + SIGKILL)
                let verification = try GatewayProcess.command(["cache", "verify", "--data", data])
                #expect(verification.waitForExit() == 0, "\(verification.output)\(verification.errors)")

                gateway = try GatewayProcess(data: data, "--simulate", atMost: .seconds(10))
                let reader = try LedgerReader(directory: data)
                var stored: Set<String> = []
                let unreadable = try reader.forEach { entry in
                    stored.insert(entry.id.description)
                    return true
                }
                #expect(unreadable == 0)
                #expect(try reader.totals().calls == stored.count)

                // A commit syncs twice, and a record may have waited for the one before: what this disk takes for that,
                // while other tests use it too, is added to the promise.
                let promisedBefore: ContinuousClock.Instant = killed - (Self.commitWithin + slowestSync * 4)
                let owed = load.answers.filter { $0.at < promisedBefore }
                let missing = owed.filter { !stored.contains($0.id) }.map { killed - $0.at }
                #expect(owed.count >= 50, "the load was too short to tell anything")
                #expect(missing == [], "round \(round): how long before; of \(owed.count) answers")
                for answer in load.answers {
                    #expect(seen.insert(answer.id).inserted, "\(answer.id) was given to two calls")
                }
                // Answered long before, so it was stored; a cache that could not be opened would have been moved aside.
                #expect(try gateway.chat(Load.prompt(round, 0, 0))["x-gateway-cache"] == "HIT")
                #expect(!gateway.errors.contains("moved to"), "\(gateway.errors)")
            }
        }
    }
}

/// How long this disk takes for a sync meanwhile, so that a slow one is not taken for a lost record.
private final class DiskProbe: Sendable {
    private let slowest = Lock<Duration>(.zero)
    private let isOver = Lock(false)
    private let thread: WorkerThread

    init(directory: String) {
        let slowest = slowest
        let isOver = isOver
        thread = WorkerThread(name: "disk-probe") {
            let descriptor = open("\(directory)/probe", O_WRONLY | O_CREAT, 0o600)
            defer { close(descriptor) }
            while !isOver.withLock({ $0 }) {
                let began = ContinuousClock.now
                write(descriptor, "probe", 5)
                fdatasync(descriptor)
                let took = ContinuousClock.now - began
                slowest.withLock { $0 = max($0, took) }
            }
        }
    }

    /// Ends the probe; returns the longest sync.
    func stop() -> Duration {
        isOver.withLock { $0 = true }
        thread.join()
        return slowest.withLock { $0 }
    }
}

/// Clients that ask one thing after the other, each something new, until the gateway is gone.
private final class Load: Sendable {
    struct Answered: Sendable {
        let id: String
        /// When its last byte had come.
        let at: ContinuousClock.Instant
    }

    private let log = Monitor<[Answered]>([])
    private let threads: [WorkerThread]

    init(port: UInt16, round: Int) {
        let log = log
        threads = (0..<4).map { client in
            WorkerThread(name: "load") {
                // Ends with an error when the gateway is killed.
                try? Self.ask(port: port) {
                    Self.prompt(round, client, $0)
                } answered: { answer in
                    log.withLock { $0.append(answer) }
                    log.wake()
                }
            }
        }
    }

    var answers: [Answered] { log.withLock { $0 } }

    func waitForAnswers(_ count: Int) -> Bool { log.wait(atMost: .seconds(30)) { $0.count >= count } }

    func stop() { for thread in threads { thread.join() } }

    /// Half of them streams.
    static func prompt(_ round: Int, _ client: Int, _ number: Int) -> String {
        question("round \(round), client \(client), question \(number)", stream: number % 2 == 1)
    }

    private static func ask(
        port: UInt16, prompt: (Int) -> String, answered: (Answered) -> Void
    ) throws {
        let client = try RawClient(port: port)
        for number in 0... {
            try client.send(GatewayProcess.request(prompt(number)))
            var received = try client.receive(until: "\r\n\r\n")
            while !Answer(received).isWhole {
                let more = try client.receive()
                if more.isEmpty { return }
                received += String(decoding: more, as: UTF8.self)
            }
            let at = ContinuousClock.now
            let answer = Answer(received)
            guard answer.status == 200, let id = answer["x-gateway-request-id"] else { return }
            answered(Answered(id: id, at: at))
        }
    }
}
