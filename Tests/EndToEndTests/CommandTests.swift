import Foundation
import Gateway
import TestSupport
import Testing

extension EndToEnd {
    /// Every command, as typed at a terminal.
    struct CommandTests {
        private let directory = TemporaryDirectory()

        private func run(_ words: String...) throws -> (exit: Int32?, output: String, errors: String) {
            let child = try GatewayProcess.command(words)
            let exit = child.waitForExit()
            return (exit, child.output, child.errors)
        }

        @Test func `the version is one line`() throws {
            let (exit, output, _) = try run("version")
            #expect(exit == 0)
            #expect(output.wholeMatch(of: /gateway \d+\.\d+\.\d+\n/) != nil)
            #expect(try run("--version").output == output)
        }

        @Test func `help lists every command, and explains one`() throws {
            let (exit, output, _) = try run("help")
            #expect(exit == 0)
            for command in GatewayCommand.commands { #expect(output.contains("\n  \(command.name) ")) }
            let (serveExit, serveHelp, _) = try run("help", "serve")
            #expect(serveExit == 0)
            for option in ["--config", "--listen", "--admin", "--data", "--set", "--simulate"] {
                #expect(serveHelp.contains("\n  \(option)"))
            }
        }

        @Test(arguments: GatewayCommand.commands.map { $0.name })
        func `every command explains itself`(name: String) throws {
            let (exit, output, errors) = try run(name, "--help")
            #expect(exit == 0)
            #expect(output.hasPrefix("Usage: gateway \(name)"))
            #expect(errors.isEmpty)
        }

        @Test func `a word that is no command is answered with the nearest one`() throws {
            let (exit, output, errors) = try run("serv")
            #expect(exit == 64)
            #expect(output.isEmpty)
            #expect(errors == "gateway: unknown command serv; did you mean serve?\n")
        }

        @Test func `the example configuration is sound`() throws {
            let (exit, output, errors) = try run(
                "check", "--config", GatewayProcess.repository + "/conf/gateway.json5", "--data",
                directory.path + "/data")
            #expect(exit == 0)
            #expect(errors.isEmpty)
            #expect(output.split(separator: "\n").last?.hasPrefix("sound: ") == true)
            #expect(!FileManager.default.fileExists(atPath: directory.path + "/data"), "a check leaves nothing behind")
        }

        @Test func `a report reads the ledger of a running gateway, in every format`() throws {
            let gateway = try GatewayProcess(data: directory.path + "/data", "--simulate")
            for number in 1...3 {
                let answer = try gateway.chat(
                    question("report \(number)"), headers: ["x-gateway-deal: \(number < 3 ? "acme" : "zenith")"])
                #expect(answer.status == 200)
            }
            func report(_ format: String) throws -> String {
                let (exit, output, errors) = try run(
                    "report", "cost-per-deal", "--data", gateway.dataDirectory, "--format", format)
                #expect(exit == 0)
                #expect(errors.isEmpty)
                return output
            }
            // An answer is in the ledger within 50 ms; each reading is a process of its own.
            var rows: [[String: Any]] = []
            let deadline = ContinuousClock.now + .seconds(20)
            while rows.compactMap({ $0["calls"] as? Int }).reduce(0, +) < 3 {
                try #require(ContinuousClock.now < deadline, "the calls never reached the ledger: \(rows)")
                let json = try JSONSerialization.jsonObject(with: Data(try report("json").utf8))
                rows = try #require((json as? [String: Any])?["rows"] as? [[String: Any]])
            }
            let calls = rows.map { "\($0["deal"] ?? "") \($0["calls"] ?? "")" }
            #expect(calls == ["acme 2", "zenith 1"])

            let csv = try report("csv").split(whereSeparator: \.isNewline)
            #expect(csv.first?.hasPrefix("deal,calls,") == true)
            #expect(csv.dropFirst().first?.hasPrefix("acme,2,") == true)
            #expect(csv.dropFirst(2).first?.hasPrefix("zenith,1,") == true)
            let table = try report("table")
            #expect(table.contains(/acme +2\s/))
            #expect(table.contains(/zenith +1\s/))
            #expect(try gateway.admin("/readyz").status == 200)
        }

        @Test func `the simulator serves on its own, until it is told to end`() throws {
            let simulator = try GatewayProcess.command(["simulate", "--listen", "127.0.0.1:0"])
            let port = try #require(UInt16(simulator.wait(for: /http:\/\/127\.0\.0\.1:(\d+)\/v1/).1))
            let client = try RawClient(port: port)
            try client.send(GatewayProcess.request(question("alone"), headers: ["Connection: close"]))
            let answer = Answer(try client.receiveAll())
            #expect(answer.status == 200)
            #expect(answer.body.contains(#""object":"chat.completion""#))
            simulator.signal(SIGTERM)
            #expect(simulator.waitForExit() == 0)
        }
    }
}
