import Foundation
import Metrics
import Platform
import TestSupport
import Testing

extension EndToEnd {
    /// What SIGTERM does to those who are being served.
    struct DrainTests {
        private let directory = TemporaryDirectory()
        private var data: String { directory.path + "/data" }

        /// A gateway before an upstream whose streams come slowly.
        private func serve(tokensPerSecond: Int) throws -> (gateway: GatewayProcess, upstream: ChildProcess) {
            let upstream = try GatewayProcess.command([
                "simulate", "--listen", "127.0.0.1:0", "--tokens-per-second", String(tokensPerSecond),
            ])
            let url = try upstream.wait(for: /http:\S+/)
            let file = directory.path + "/gateway.json5"
            try "{ providers: { openai: { base_url: \"\(url)\" } } }".write(
                toFile: file, atomically: true, encoding: .utf8)
            return (try GatewayProcess(data: data, "--config", file), upstream)
        }

        /// A stream of which the first event has come, with what has come so far.
        private func startStream(_ gateway: GatewayProcess) throws -> (client: RawClient, received: String) {
            let client = try RawClient(port: gateway.port)
            try client.send(GatewayProcess.request(question("slowly", stream: true)))
            return (client, try client.receive(until: "data: "))
        }

        /// Asks until the answer is no other than `isExpected` wants.
        private func wait(until isExpected: () throws -> Bool) throws {
            let deadline = ContinuousClock.now + .patience
            while try !isExpected() { try #require(ContinuousClock.now < deadline) }
        }

        @Test func `a stream in hand ends whole, while nobody new is let in`() throws {
            let (gateway, upstream) = try serve(tokensPerSecond: 10)
            defer { upstream.signal(SIGKILL) }
            let stream = try startStream(gateway)
            #expect(try gateway.admin("/readyz").status == 200)

            gateway.signal(SIGTERM)
            try wait { try gateway.admin("/readyz").status == 503 }
            #expect(try gateway.admin("/readyz").body.contains("draining"))
            #expect(try gateway.admin("/healthz").status == 200)
            try wait { (try? RawClient(port: gateway.port)) == nil }
            #expect(
                try gateway.admin("/readyz").status == 503, "the stream was still in hand when clients were refused")

            let answer = Answer(try stream.received + stream.client.receiveAll())
            #expect(answer.isWhole)
            #expect(answer.body.hasSuffix("data: [DONE]\n\n"))
            #expect(gateway.waitForExit() == 0, "\(gateway.errors)")
            let entries = try ledger()
            #expect(entries.map(\.status) == [200])
            #expect(entries.allSatisfy { !$0.clientDisconnected && $0.usage != nil })
        }

        @Test func `a connection at rest gets one more answer, which says that it is the last`() throws {
            let gateway = try GatewayProcess(data: data, "--simulate")
            let client = try RawClient(port: gateway.port)
            try client.send("GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n")
            #expect(try client.receive(until: #""ok"}"#).hasPrefix("HTTP/1.1 200"))

            gateway.signal(SIGTERM)
            try wait { (try? RawClient(port: gateway.port)) == nil }
            // Some time for whoever would close the connection now.
            try wait { try gateway.admin("/readyz").status == 503 }
            try client.send(GatewayProcess.request(question("one more")))
            let answer = Answer(try client.receiveAll())
            #expect(answer.status == 200)
            #expect(answer["connection"] == "close")
            // Far less than the 30 s that requests in hand have: nobody is left.
            #expect(gateway.waitForExit(atMost: .patience) == 0, "\(gateway.errors)")
            #expect(try ledger().count == 1)
        }

        @Test func `clients who were connected when it was told to end are answered`() throws {
            let gateway = try GatewayProcess(data: data, "--simulate")
            // Stopped, it meets the clients and the signal in the same moment, as it may under load.
            try #require(gateway.pause())
            let asking = try (0..<8).map { _ in try RawClient(port: gateway.port) }
            for client in asking {
                try client.send("GET /health HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
            }
            gateway.signal(SIGTERM)
            gateway.signal(SIGCONT)
            #expect(try asking.map { Answer(try $0.receiveAll()).status } == Array(repeating: 200, count: 8))
            #expect(gateway.waitForExit(atMost: .patience) == 0, "\(gateway.errors)")
        }

        @Test func `a second signal ends it at once, with the stream in the ledger`() throws {
            let (gateway, upstream) = try serve(tokensPerSecond: 1)
            defer { upstream.signal(SIGKILL) }
            let stream = try startStream(gateway)
            gateway.signal(SIGTERM)
            try wait { try gateway.admin("/readyz").status == 503 }
            gateway.signal(SIGTERM)
            // The stream would go on for half a minute.
            #expect(gateway.waitForExit(atMost: .patience) == 0, "\(gateway.errors)")
            let answer = Answer(try stream.received + stream.client.receiveAll())
            #expect(!answer.isWhole)
            #expect(!answer.body.contains("[DONE]"))
            #expect(answer.body.hasSuffix(#""code":"overloaded"}}"# + "\n\n"))
            #expect(try ledger().map(\.errorCode) == ["overloaded"])
            #expect(gateway.errors.contains("requests were given up"))
        }

        private func ledger() throws -> [LedgerEntry] {
            var entries: [LedgerEntry] = []
            try LedgerReader(directory: data).forEach { entry in
                entries.append(entry)
                return true
            }
            return entries
        }
    }
}
