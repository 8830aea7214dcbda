import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// A gateway that has run out of descriptors.
    struct DescriptorTests {
        @Test func `at the limit of descriptors clients are told so, streams go on, and it recovers`() throws {
            let directory = TemporaryDirectory()
            let upstream = try GatewayProcess.command([
                "simulate", "--listen", "127.0.0.1:0", "--tokens-per-second", "10",
            ])
            defer { upstream.signal(SIGKILL) }
            let url = try upstream.wait(for: /http:\S+/)
            let data = directory.path + "/data"
            let gateway = try GatewayProcess(
                try GatewayProcess.start(data: data, descriptors: 80, ["--set", "providers.openai.base_url=\(url)"]),
                data: data)
            let stream = try RawClient(port: gateway.port)
            try stream.send(GatewayProcess.request(question("slowly", stream: true), headers: ["Connection: close"]))
            var received = try stream.receive(until: "data: ")

            var clients: [RawClient] = []
            var answers: [Answer] = []
            for _ in 0..<120 {
                let client = try RawClient(port: gateway.port)
                try client.send("GET /health HTTP/1.1\r\nHost: gateway\r\n\r\n")
                answers.append(Answer(try client.receive(until: "}")))
                clients.append(client)
            }
            let refused = answers.filter { $0.status == 503 }
            #expect(answers.contains { $0.status == 200 })
            #expect(refused.count >= 40)
            let unclear = refused.filter { !$0.isWhole || $0.headers["x-gateway-error"] != "overloaded" }
            #expect(unclear.isEmpty, "\(unclear)")

            // With the limit reached, and more clients at the door, it rests between the stream's events.
            let before = try Self.processorSeconds(gateway.identifier)
            let events = received.ranges(of: "data: ").count
            while received.ranges(of: "data: ").count < events + 8 {
                received += String(decoding: try stream.receive(), as: UTF8.self)
            }
            let used = try Self.processorSeconds(gateway.identifier) - before
            #expect(used < 0.4, "of 0.8 s")

            clients.removeAll()
            var isServed = false
            for _ in 0..<1000 where !isServed {
                let client = try RawClient(port: gateway.port)
                try? client.send("GET /health HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
                isServed = Answer(try client.receiveAll()).status == 200
            }
            #expect(isServed)
            let answer = Answer(try received + stream.receiveAll())
            #expect(answer.isWhole)
            #expect(answer.body.hasSuffix("data: [DONE]\n\n"))
        }

        /// What a process has used of the processor.
        private static func processorSeconds(_ process: Int32) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            let fields = text[text.lastIndex(of: ")")!...].split(separator: " ")
            return (Double(fields[12]) ?? 0) / 100 + (Double(fields[13]) ?? 0) / 100
        }
    }
}
