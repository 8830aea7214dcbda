import Foundation
import Platform
import TestSupport
import Testing

extension EndToEnd {
    /// A listener's certificate while the gateway runs.
    struct CertificateTests {
        private let directory = TemporaryDirectory()
        private let authority = TestCertificates()

        /// Puts a certificate and its key where the gateway reads them, or one of them only.
        private func place(_ certificate: TestCertificates.Pair?, key: TestCertificates.Pair? = nil) throws {
            func copy(_ source: String, _ name: String) throws {
                // As renewals do it: in one step, so that no half of a file is ever read.
                let text = try Data(contentsOf: URL(fileURLWithPath: source))
                try text.write(to: URL(fileURLWithPath: "\(directory.path)/\(name)"), options: .atomic)
            }
            if let certificate { try copy(certificate.certificate, "server.pem") }
            if let key = key ?? certificate { try copy(key.key, "server.key") }
        }

        private func serve(_ options: String...) throws -> GatewayProcess {
            let files = ["certificate=\(directory.path)/server.pem", "private_key=\(directory.path)/server.key"]
            let child = try GatewayProcess.start(
                data: directory.path + "/data", files.flatMap { ["--set", "listen.tls.\($0)"] } + options)
            return try GatewayProcess(child, data: directory.path + "/data")
        }

        /// The subject of the certificate that a new client is shown.
        private func shown(by gateway: GatewayProcess) throws -> String {
            let told = try OpenSSL.handshake(port: gateway.port, "-CAfile", authority.authority)
            #expect(told.contains("Verify return code: 0 (ok)"))
            return told.firstMatch(of: /subject=CN = (\w+)/).map { String($0.1) } ?? told
        }

        private func curl(_ gateway: GatewayProcess, _ options: String...) throws -> ChildProcess {
            let fixed = ["--silent", "--show-error", "--fail", "--no-buffer", "--max-time", "30"]
            return try ChildProcess("/usr/bin/env", ["curl", "--cacert", authority.authority] + fixed + options)
        }

        @Test func `SIGHUP shows new clients the new certificate, and the old ones' streams go on`() throws {
            let first = try authority.issue("IP:127.0.0.1", name: "first")
            let second = try authority.issue("IP:127.0.0.1", name: "second")
            let goOn = Monitor(false)
            let upstream = RawServer { peer in
                _ = peer.readRequest()
                peer.send(Canned.streamHead + Canned.chunk(Canned.event("one")))
                goOn.wait(atMost: .seconds(30)) { $0 }
                peer.send(Canned.chunk(Canned.event("two") + Canned.finish + Canned.done) + Canned.chunk(""))
                peer.waitForClose()
            }
            try place(first)
            let gateway = try serve("--set", "providers.openai.base_url=http://127.0.0.1:\(upstream.port)/v1")
            #expect(gateway.baseURL.hasPrefix("https://127.0.0.1:"))
            #expect(try shown(by: gateway) == "first")
            let stream = try curl(gateway, gateway.baseURL + "/chat/completions", "--data", question("?", stream: true))
            _ = try stream.wait(for: /one/)

            try place(second)
            gateway.signal(SIGHUP)
            _ = try gateway.waitForError(/were read again/)
            #expect(try shown(by: gateway) == "second")

            // A key that is not the certificate's: what was read before stays.
            try place(nil, key: first)
            gateway.signal(SIGHUP)
            _ = try gateway.waitForError(/is not that of the certificate .*the certificate read before stays in force/)
            #expect(try shown(by: gateway) == "second")

            goOn.open()
            #expect(stream.waitForExit() == 0, "\(stream.errors)")
            #expect(stream.output.contains("two") && stream.output.hasSuffix("data: [DONE]\n\n"))
            gateway.signal(SIGTERM)
            #expect(gateway.waitForExit() == 0, "\(gateway.errors)")
        }

        @Test func `no connection is lost while certificates are exchanged again and again`() throws {
            let pairs = try (0..<2).map { try authority.issue("IP:127.0.0.1", name: "pair\($0)") }
            try place(pairs[0])
            let gateway = try serve("--simulate")
            let health = gateway.baseURL.replacing("/v1", with: "/health")
            for round in 1...10 {
                let asking = try (0..<3).map { _ in try curl(gateway, health, health, health) }
                try place(pairs[round % 2])
                gateway.signal(SIGHUP)
                for client in asking { #expect(client.waitForExit() == 0, "\(client.errors)") }
            }
            gateway.signal(SIGTERM)
            #expect(gateway.waitForExit() == 0, "\(gateway.errors)")
        }

        @Test func `SIGHUP without TLS ends nothing, and says what it is for`() throws {
            let gateway = try GatewayProcess(data: directory.path + "/data", "--simulate")
            gateway.signal(SIGHUP)
            _ = try gateway.waitForError(/SIGHUP reads the certificate of listen.tls again, which is not set/)
            #expect(try gateway.chat(question("?")).status == 200)
            gateway.signal(SIGTERM)
            #expect(gateway.waitForExit() == 0)
        }
    }
}
