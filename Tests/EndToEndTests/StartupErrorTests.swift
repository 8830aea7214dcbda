import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What a person who starts it wrongly is told.
    struct StartupErrorTests {
        private let directory = TemporaryDirectory()
        private var data: String { directory.path + "/data" }

        /// What `gateway serve` complained of before it ended, and its exit code. Its log is on standard error too, one
        /// object a line, and no complaint.
        private func refusal(
            of options: String..., data: String? = nil
        ) throws -> (exit: Int32?, complaints: [String]) {
            let child = try GatewayProcess.start(data: data ?? self.data, options)
            let exit = child.waitForExit()
            return (exit, child.errorLines.filter { !$0.hasPrefix("{") })
        }

        private func write(_ text: String, to name: String) throws -> String {
            let path = directory.path + "/" + name
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        @Test func `every mistake in the configuration has a line that says where and what was meant`() throws {
            let file = try write(
                """
                {
                  listen: { adress: "127.0.0.1:0" },
                  cache: { ttl_s: "soon",
                           max_byts: 5 },
                  default_provider: "opnai",
                }
                """, to: "gateway.json5")
            let (exit, complaints) = try refusal(of: "--config", file)
            #expect(exit == 1)
            #expect(
                complaints == [
                    "gateway serve: \(file):2:13: listen.adress: unknown key; did you mean address?",
                    "gateway serve: \(file):3:19: cache.ttl_s: is 'soon'; expected a whole number of seconds from 1 to "
                        + "31536000",
                    "gateway serve: \(file):4:12: cache.max_byts: unknown key; did you mean max_bytes?",
                    "gateway serve: \(file):5:21: default_provider: names 'opnai', which is not a provider; "
                        + "did you mean 'openai'?",
                ])
            #expect(
                !FileManager.default.fileExists(atPath: data), "nothing was made before the configuration was sound")
        }

        @Test func `a configuration that breaks off is told by its line`() throws {
            let file = try write("{\n  cache: {\n    ttl_s: 60,\n", to: "gateway.json5")
            let (exit, complaints) = try refusal(of: "--config", file)
            #expect(exit == 1)
            #expect(!complaints.isEmpty)
            #expect(complaints.allSatisfy { $0.contains("\(file):") && $0.contains("is never closed") })
        }

        @Test func `a configuration that is not there is named`() throws {
            let (exit, complaints) = try refusal(of: "--config", directory.path + "/gone.json5")
            #expect(exit == 1)
            try #require(complaints.count == 1)
            #expect(complaints[0].contains("\(directory.path)/gone.json5"))
            #expect(complaints[0].contains("does not exist"))
        }

        @Test func `a key file that is not there is named, with the key that names it`() throws {
            let file = try write(
                #"{ providers: { openai: { api_key: "file:/nonexistent/key" } } }"#, to: "gateway.json5")
            let (exit, complaints) = try refusal(of: "--config", file)
            #expect(exit == 1)
            try #require(complaints.count == 1)
            #expect(complaints[0].contains("\(file):1:"))
            #expect(complaints[0].contains("providers.openai.api_key"))
            #expect(complaints[0].contains("/nonexistent/key, which does not exist"))
        }

        @Test(arguments: ["--listen", "--admin"])
        func `a port in use is named, with what to do`(option: String) throws {
            let other = RawServer { $0.waitForClose() }
            let (exit, complaints) = try refusal(of: option, "127.0.0.1:\(other.port)")
            #expect(exit == 1)
            try #require(complaints.count == 1)
            #expect(complaints[0].contains("127.0.0.1:\(other.port): Address already in use"))
            #expect(complaints[0].contains("Choose another port"))
        }

        @Test(arguments: [false, true])
        func `a port that another gateway serves on is in use too`(isAdmins: Bool) throws {
            let other = try GatewayProcess(data: directory.path + "/other", "--simulate")
            let port = isAdmins ? other.adminPort : other.port
            let (exit, complaints) = try refusal(of: isAdmins ? "--admin" : "--listen", "127.0.0.1:\(port)")
            #expect(exit == 1)
            try #require(complaints.count == 1)
            #expect(complaints[0].contains("127.0.0.1:\(port): Address already in use"))
        }

        // A mode that forbids would not stop root, whom a container runs tests as; a file in the way stops everyone.
        @Test(arguments: ["/file", "/file/data"])
        func `a data directory that cannot be is named, with what to do`(path: String) throws {
            _ = try write("", to: "file")
            let (exit, complaints) = try refusal(data: directory.path + path)
            #expect(exit == 1)
            try #require(complaints.count == 1)
            #expect(complaints[0].contains("the data directory '\(directory.path + path)': Not a directory"))
            #expect(complaints[0].contains("--data"))
        }

        @Test func `an unknown option is answered with the nearest one`() throws {
            let (exit, complaints) = try refusal(of: "--lisen", "127.0.0.1:0")
            #expect(exit == 64)
            #expect(complaints.first == "gateway serve: unknown option --lisen; did you mean --listen?")
        }

        @Test func `a damaged ledger is left as it is, and the start refused`() throws {
            let first = try GatewayProcess(data: data, "--simulate")
            #expect(try first.chat(question("before")).status == 200)
            first.signal(SIGTERM)
            #expect(first.waitForExit() == 0)
            let file = data + "/ledger/data.mdb"
            let damaged = String(repeating: "This is no ledger. ", count: 1000)
            try damaged.write(toFile: file, atomically: true, encoding: .utf8)

            let (exit, complaints) = try refusal()
            #expect(exit == 1)
            try #require(complaints.count == 1)
            #expect(complaints[0].contains("\(data)/ledger"))
            #expect(complaints[0].contains("damaged"))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == damaged)
        }

        @Test func `a damaged cache is moved aside, and the gateway starts with an empty one`() throws {
            let first = try GatewayProcess(data: data, "--simulate")
            #expect(try first.chat(question("kept")).status == 200)
            first.signal(SIGTERM)
            #expect(first.waitForExit() == 0)
            let damaged = String(repeating: "This is no cache. ", count: 1000)
            try damaged.write(toFile: data + "/cache/data.mdb", atomically: true, encoding: .utf8)

            let second = try GatewayProcess(data: data, "--simulate")
            let moved = try second.waitForError(/moved to (\S+)\/cache\.damaged-/)
            #expect(moved.1 == data)
            #expect(try second.chat(question("kept"))["x-gateway-cache"] == "MISS")
            #expect(try second.chat(question("kept"))["x-gateway-cache"] == "HIT")
            let aside = try #require(
                FileManager.default.contentsOfDirectory(atPath: data).first { $0.hasPrefix("cache.damaged-") })
            #expect(try String(contentsOfFile: "\(data)/\(aside)/data.mdb", encoding: .utf8) == damaged)
        }

        @Test func `a second gateway on a data directory starts when the first has ended`() throws {
            let first = try GatewayProcess(data: data, "--simulate")
            #expect(try first.chat(question("shared"))["x-gateway-cache"] == "MISS")
            let waiting = try GatewayProcess.start(data: data, ["--simulate"])
            _ = try waiting.wait(for: /another gateway uses .*; waiting for it to end/, inErrors: true)
            #expect(try first.chat(question("shared"))["x-gateway-cache"] == "HIT")
            #expect(waiting.output.isEmpty, "it serves nobody yet")

            first.signal(SIGTERM)
            #expect(first.waitForExit() == 0)
            let second = try GatewayProcess(waiting, data: data)
            #expect(try second.chat(question("shared"))["x-gateway-cache"] == "HIT")
        }
    }
}
