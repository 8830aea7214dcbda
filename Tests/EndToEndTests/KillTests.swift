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
            let directory = TemporaryDirectory()
            let data = directory.path + "/data"
            var gateway = try GatewayProcess(data: data, "--simulate")
            var seen: Set<String> = []
            for round in 1...5 {
                // The promise holds however long the database waits for the disk.
                let disk = SlowDisk(directory: directory.path)
                let machine = WakeProbe(directory: directory.path)
                let load = Load(port: gateway.port, round: round)
                #expect(load.waitForAnswers(800), "only \(load.answers.count) answers came in time")
                let killed = ContinuousClock.now
                gateway.signal(SIGKILL)
                load.stop()
                let late = machine.stop()
                disk.stop()
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

                // How late this machine, which others use too, wakes a thread that wants to write is added to the promise.
                let promisedBefore: ContinuousClock.Instant = killed - (Self.commitWithin + late)
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

/// Writes to the disk and waits for it, without end: every other sync takes longer for it.
private final class SlowDisk: Sendable {
    private let isOver = Lock(false)
    private let threads: [WorkerThread]

    init(directory: String) {
        let isOver = isOver
        threads = (0..<2).map { number in
            WorkerThread(name: "slow-disk") {
                let descriptor = open("\(directory)/disk-\(number)", O_WRONLY | O_CREAT, 0o600)
                defer { close(descriptor) }
                let block = [UInt8](repeating: 1, count: 1 << 20)
                while !isOver.withLock({ $0 }) {
                    pwrite(descriptor, block, block.count, 0)
                    fsync(descriptor)
                }
            }
        }
    }

    func stop() {
        isOver.withLock { $0 = true }
        for thread in threads { thread.join() }
    }
}

/// How late the machine wakes a thread that wants to write four kilobytes after ten milliseconds.
private final class WakeProbe: Sendable {
    private let latest = Lock<Duration>(.zero)
    private let isOver = Monitor(false)
    private let thread: WorkerThread

    init(directory: String) {
        let latest = latest
        let isOver = isOver
        thread = WorkerThread(name: "wake-probe") {
            let descriptor = open("\(directory)/probe", O_WRONLY | O_CREAT, 0o600)
            defer { close(descriptor) }
            let page = [UInt8](repeating: 1, count: 4096)
            var began = ContinuousClock.now
            while !isOver.wait(atMost: .milliseconds(10), until: { $0 }) {
                pwrite(descriptor, page, page.count, 0)
                let took = ContinuousClock.now - began - .milliseconds(10)
                latest.withLock { $0 = max($0, took) }
                began = ContinuousClock.now
            }
        }
    }

    /// Ends the probe; returns the longest delay.
    func stop() -> Duration {
        isOver.withLock { $0 = true }
        isOver.wake()
        thread.join()
        return latest.withLock { $0 }
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
