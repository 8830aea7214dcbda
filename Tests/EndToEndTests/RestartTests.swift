import Foundation
import HTTP
import Metrics
import Platform
import TestSupport
import Testing

extension EndToEnd {
    /// Restarts behind a listening socket that a service manager holds, as systemd does.
    struct RestartTests {
        @Test func `a restart on a socket handed over refuses no connection and loses no request`() throws {
            let directory = TemporaryDirectory()
            let data = directory.path + "/data"
            // The test is the service manager: the socket is its own.
            let sockets = try ListeningSockets(binding: SocketAddress(host: "127.0.0.1", port: 0), count: 1)
            let socket = sockets.descriptors[0]
            defer { close(socket) }
            var gateway = try Self.serve(data, socket)
            #expect(gateway.port == sockets.address.port)

            let load = RestartLoad(port: sockets.address.port)
            for round in 1...4 {
                #expect(load.waitForAnswers(100 * round), "only \(load.answers.count) answers: \(load.failures)")
                gateway.signal(SIGTERM)
                #expect(gateway.waitForExit() == 0, "\(gateway.errors)")
                gateway = try Self.serve(data, socket)
            }
            #expect(load.waitForAnswers(500), "only \(load.answers.count) answers: \(load.failures)")
            load.stop()
            #expect(load.failures == [])
            gateway.signal(SIGTERM)
            #expect(gateway.waitForExit() == 0, "\(gateway.errors)")

            var recorded: Set<String> = []
            try LedgerReader(directory: data).forEach { entry in
                recorded.insert(entry.id.description)
                return true
            }
            let answered = Set(load.answers)
            #expect(answered.count == load.answers.count)
            #expect(answered.subtracting(recorded) == [])
        }

        private static func serve(_ data: String, _ socket: Int32) throws -> GatewayProcess {
            try GatewayProcess(try GatewayProcess.start(data: data, listening: socket, "--simulate"), data: data)
        }

        @Test func `what was handed over and is no listening socket stops the start with a reason`() throws {
            let directory = TemporaryDirectory()
            let file = open("/dev/null", O_RDONLY)
            defer { close(file) }
            let child = try GatewayProcess.start(data: directory.path + "/data", listening: file, "--simulate")
            #expect(child.waitForExit() == 1)
            #expect(child.errors.contains("LISTEN_FDS"), "\(child.errors)")
        }
    }
}

/// Clients that ask without a pause, on kept connections and on new ones, and count what went wrong.
private final class RestartLoad: Sendable {
    private struct State {
        var answers: [String] = []
        var failures: [String] = []
        var isOver = false
    }
    private let state = Monitor(State())
    private let threads: [WorkerThread]

    init(port: UInt16) {
        let state = state
        threads = (0..<6).map { number in
            WorkerThread(name: "load") {
                do { try Self.ask(port, client: number, keeps: number % 3 != 0, state) } catch {
                    state.withLock { $0.failures.append("client \(number): \(error)") }
                    state.wake()
                }
            }
        }
    }

    var answers: [String] { state.withLock(\.answers) }
    var failures: [String] { state.withLock(\.failures) }

    /// Waits until so many answers have come, or something has failed.
    func waitForAnswers(_ count: Int) -> Bool {
        state.wait(atMost: .seconds(60)) { $0.answers.count >= count || !$0.failures.isEmpty }
        return answers.count >= count
    }

    func stop() {
        state.withLock { $0.isOver = true }
        for thread in threads { thread.join() }
    }

    private static func ask(_ port: UInt16, client number: Int, keeps: Bool, _ state: Monitor<State>) throws {
        var client: RawClient?
        for count in 0... {
            if state.withLock(\.isOver) { return }
            let connection = try client ?? RawClient(port: port, patience: 30)
            let body = question("client \(number), question \(count)", stream: count % 2 == 1)
            try connection.send(GatewayProcess.request(body, headers: keeps ? [] : ["Connection: close"]))
            var received = try connection.receive(until: "\r\n\r\n")
            while !Answer(received).isWhole {
                let more = try connection.receive()
                if more.isEmpty { throw RawClient.Failure(description: "cut: \(received)") }
                received += String(decoding: more, as: UTF8.self)
            }
            let answer = Answer(received)
            guard answer.status == 200, let id = answer["x-gateway-request-id"] else {
                throw RawClient.Failure(description: "no answer: \(received)")
            }
            client = answer["connection"] == "close" ? nil : connection
            state.withLock { $0.answers.append(id) }
            state.wake()
        }
    }
}
