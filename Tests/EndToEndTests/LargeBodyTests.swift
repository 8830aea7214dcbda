import Foundation
import Platform
import TestSupport
import Testing

extension EndToEnd {
    /// Bodies larger than anything the gateway would hold, both ways.
    struct LargeBodyTests {
        private static let bytes = 64 << 20
        private static let piece = String(repeating: "0123456789abcdef", count: 65536)

        @Test(arguments: ["Content-Length: \(bytes)", "Transfer-Encoding: chunked"])
        func `an upload and a download of 64 MB pass through a process that grows by less than 20 MB`(framing: String)
            throws
        {
            let isChunked = framing.hasPrefix("T")
            let uploaded = Monitor(0)
            let upstream = RawServer { peer in
                while let (head, bodyBytes) = peer.readHead() {
                    if head.hasPrefix("POST") {
                        // Of a chunked body the last bytes, as many as its framing takes, are left for later.
                        let came = peer.skip(Self.bytes - bodyBytes) + bodyBytes
                        uploaded.withLock { $0 = came }
                        peer.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
                        return peer.waitForClose()
                    }
                    peer.send("HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n\(framing)\r\n\r\n")
                    for _ in 0..<64 { peer.send(isChunked ? Canned.chunk(Self.piece) : Self.piece) }
                    if isChunked { peer.send("0\r\n\r\n") }
                }
            }
            let directory = TemporaryDirectory()
            let gateway = try GatewayProcess(
                data: directory.path + "/data", "--set",
                "providers.openai.base_url=http://127.0.0.1:\(upstream.port)/v1")
            // What a first call takes for good.
            #expect(try gateway.admin("/metrics").status == 200)
            let before = try Self.memory(gateway, "VmRSS")

            let sender = try RawClient(port: gateway.port)
            try sender.send("POST /v1/files HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\(framing)\r\n\r\n")
            for _ in 0..<64 { try sender.send(isChunked ? Canned.chunk(Self.piece) : Self.piece) }
            if isChunked { try sender.send("0\r\n\r\n") }
            #expect(Answer(try sender.receiveAll()).status == 200)
            #expect(uploaded.withLock { $0 } == Self.bytes)

            let receiver = try RawClient(port: gateway.port)
            try receiver.send("GET /v1/files/1/content HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n")
            var received = 0
            while case let more = try receiver.receive(), !more.isEmpty { received += more.count }
            #expect(received > Self.bytes)
            #expect(try Self.memory(gateway, "VmHWM") - before < 20_000, "kB")
            #expect(try gateway.admin("/metrics").body.contains("\ngateway_buffered_bytes 0"))
        }

        /// A figure of a process's memory, in kB.
        private static func memory(_ gateway: GatewayProcess, _ name: String) throws -> Int {
            let status = try String(contentsOfFile: "/proc/\(gateway.identifier)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
            return Int(line?.split(separator: " ").dropLast().last ?? "") ?? 0
        }
    }
}
