import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The OpenAI client and curl, through the gateway to its simulated upstream.
    struct SDKTests {
        /// Every file of tests but those of a real model, which `RealModelTests` runs, of TLS and of replay.
        static let files: [String] = {
            let found = try! FileManager.default.contentsOfDirectory(atPath: Python.tests)
            let others = ["test_real_model.py", "test_tls.py", "test_replay.py"]
            let files = found.filter { $0.hasPrefix("test_") && $0.hasSuffix(".py") && !others.contains($0) }
            precondition(!files.isEmpty, "\(Python.tests) holds no tests")
            return files.sorted()
        }()

        /// Providers of every dialect, all of them the simulated one.
        static let providers = [
            "providers.anthropic.kind=anthropic", "providers.work.kind=azure",
            "providers.work.base_url=https://name.openai.azure.com", "providers.work.api_version=2024-10-21",
            "models.deployed={provider:'work',upstream_name:'big one'}",
        ].flatMap { ["--set", $0] }

        @Test(.timeLimit(.minutes(5)), arguments: files)
        func `the OpenAI client works unchanged but for its base URL`(file: String) throws {
            let directory = TemporaryDirectory()
            let data = directory.path + "/data"
            let gateway = try GatewayProcess(
                try GatewayProcess.start(data: data, ["--simulate"] + Self.providers), data: data)
            let tests = try Python.run(
                ["-m", "pytest", "--rootdir", Python.tests, "\(Python.tests)/\(file)"],
                environment: ["GATEWAY_BASE_URL": gateway.baseURL, "GATEWAY_ADMIN_URL": gateway.adminURL])
            let exit = tests.waitForExit(atMost: .seconds(240))
            #expect(exit == 0, "\(file):\n\(tests.output)\(tests.errors)\ngateway:\n\(gateway.errors)")
            gateway.signal(SIGTERM)
            #expect(gateway.waitForExit() == 0, "\(gateway.errors)")
        }

        @Test(.timeLimit(.minutes(5)))
        func `what providers send is replayed in either form as the OpenAI client reads it`() throws {
            let tests = try Python.run(
                ["-m", "pytest", "--rootdir", Python.tests, "\(Python.tests)/test_replay.py"],
                environment: ["GATEWAY_BINARY": GatewayProcess.binary])
            let exit = tests.waitForExit(atMost: .seconds(240))
            #expect(exit == 0, "\(tests.output)\(tests.errors)")
        }

        @Test(.timeLimit(.minutes(5)), arguments: ["test_tls.py", "test_chat.py", "test_curl.py"])
        func `it works over TLS for who trusts the private authority`(file: String) throws {
            let directory = TemporaryDirectory()
            let pair = TestCertificates.sharedPair
            let gateway = try GatewayProcess(
                data: directory.path + "/data", "--simulate", "--set", "listen.tls.certificate=\(pair.certificate)",
                "--set", "listen.tls.private_key=\(pair.key)")
            #expect(gateway.baseURL.hasPrefix("https://"))
            let trusted = TestCertificates.shared.authority
            let tests = try Python.run(
                ["-m", "pytest", "--rootdir", Python.tests, "\(Python.tests)/\(file)"],
                environment: [
                    "GATEWAY_BASE_URL": gateway.baseURL, "GATEWAY_ADMIN_URL": gateway.adminURL,
                    "SSL_CERT_FILE": trusted, "CURL_CA_BUNDLE": trusted,
                ])
            let exit = tests.waitForExit(atMost: .seconds(240))
            #expect(exit == 0, "\(file):\n\(tests.output)\(tests.errors)\ngateway:\n\(gateway.errors)")
            gateway.signal(SIGTERM)
            #expect(gateway.waitForExit() == 0, "\(gateway.errors)")
        }
    }

    struct RealModelTests {
        @Test(.timeLimit(.minutes(5))) func `a real model chats through the gateway and is in its ledger`() throws {
            let model = GatewayProcess.repository + "/.build/venv-model/.ready"
            try #require(FileManager.default.fileExists(atPath: model), "\(model) is missing; run: make test")
            let demo = try Python.run(
                [GatewayProcess.repository + "/tools/demo-model", "--test"],
                environment: ["GATEWAY_BINARY": GatewayProcess.binary])
            var exit = demo.waitForExit(atMost: .seconds(200))
            if exit == nil {
                // As Ctrl-C does, so that it stops what it started.
                demo.signal(SIGINT)
                exit = demo.waitForExit(atMost: .seconds(40)).map { $0 == 0 ? 1 : $0 }
            }
            #expect(exit == 0, "\(demo.output)\(demo.errors)")
        }
    }
}

/// The virtual environment that `make test` makes.
private enum Python {
    static let tests = GatewayProcess.repository + "/Tests/EndToEndTests/sdk"

    static func run(_ arguments: [String], environment: [String: String]) throws -> ChildProcess {
        let python = GatewayProcess.repository + "/.build/venv/bin/python"
        try #require(FileManager.default.fileExists(atPath: python), "\(python) is missing; run: make test")
        return try ChildProcess(
            python, arguments, environment: environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { $1 })
    }
}
