import Foundation
import Gateway
import TestSupport
import Testing

extension EndToEnd {
    /// `gateway cache`, beside a running gateway, through it, and without one.
    struct CacheCommandTests {
        private let directory = TemporaryDirectory()
        private var data: String { directory.path + "/data" }

        private func cache(_ words: String...) throws -> (exit: Int32?, output: String, errors: String) {
            let child = try GatewayProcess.command(["cache"] + words)
            let exit = child.waitForExit()
            return (exit, child.output, child.errors)
        }

        private func json(_ words: String...) throws -> [String: Any] {
            let child = try GatewayProcess.command(["cache"] + words + ["--format", "json"])
            #expect(child.waitForExit() == 0, "\(words): \(child.errors)")
            return try JSONSerialization.jsonObject(with: Data(child.output.utf8)) as? [String: Any] ?? [:]
        }

        private func file(_ body: String) throws -> String {
            let path = directory.path + "/request.json"
            try body.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        /// Waits until the answers are on the disk, which another process looks at.
        private func waitForEntries(_ count: Int) throws {
            let deadline = ContinuousClock.now + .seconds(20)
            while try json("stats", "--data", data)["entries"] as? Int != count {
                try #require(ContinuousClock.now < deadline, "the answers never reached the disk")
            }
        }

        @Test func `the cache of a running gateway is looked at beside it, and purged through it alone`() throws {
            let gateway = try GatewayProcess(data: data, "--simulate")
            for (number, deal) in ["acme", "acme", "zenith"].enumerated() {
                _ = try gateway.chat(question("cache \(number)"), headers: ["x-gateway-deal: \(deal)"])
            }
            try waitForEntries(3)
            let admin = "127.0.0.1:\(gateway.adminPort)"
            for place in [["--data", data], ["--admin", admin]] {
                let list = try GatewayProcess.command(["cache", "list", "--deal", "acme"] + place)
                #expect(list.waitForExit() == 0)
                #expect(list.output.split(separator: "\n").count == 4, "\(list.output)")
                let verify = try GatewayProcess.command(["cache", "verify"] + place)
                #expect(verify.waitForExit() == 0, "\(verify.output)")
                let words = ["cache", "explain", try file(question("cache 0"))] + place
                let explain = try GatewayProcess.command(words)
                #expect(explain.waitForExit() == 0)
                #expect(explain.output.hasPrefix("hit: "), "\(explain.output)\(explain.errors)")
            }
            let other = try json("explain", try file(question("another")), "--data", data)
            #expect(other["result"] as? String == "miss")
            #expect((other["nearest"] as? [String: Any])?["differs_in"] as? [String] == ["messages"])

            // Nothing answers at port 1.
            let config = directory.path + "/config.json5"
            try #"{ admin: { address: "127.0.0.1:1" } }"#.write(toFile: config, atomically: true, encoding: .utf8)
            let lost = try cache("purge", "--all", "--data", data, "--config", config)
            #expect(lost.exit == 1)
            #expect(lost.errors.contains("a purge goes through it") && lost.errors.contains("--admin HOST:PORT"))
            // Another gateway's address must not lead to another gateway's cache.
            let stranger = try GatewayProcess(data: directory.path + "/other", "--simulate")
            try #"{ admin: { address: "127.0.0.1:\#(stranger.adminPort)" } }"#.write(
                toFile: config, atomically: true, encoding: .utf8)
            let wrong = try cache("purge", "--all", "--data", data, "--config", config)
            #expect(wrong.exit == 1 && wrong.errors.contains("has its data in"))

            #expect(try json("purge", "--deal", "acme", "--admin", admin)["removed"] as? Int == 2)
            #expect(try gateway.chat(question("cache 0"))["x-gateway-cache"] == "MISS")
            #expect(try gateway.chat(question("cache 2"))["x-gateway-cache"] == "HIT")
        }

        @Test func `the cache of a gateway that has ended is looked at, verified and purged on the disk`() throws {
            do {
                let gateway = try GatewayProcess(data: data, "--simulate")
                for number in 0..<3 { _ = try gateway.chat(question("cache \(number)")) }
                gateway.signal(SIGTERM)
                #expect(gateway.waitForExit() == 0)
            }
            #expect(try json("stats", "--data", data)["entries"] as? Int == 3)
            #expect(try json("verify", "--data", data)["pages_checked"] as? Bool == true)
            let rows = try json("list", "--data", data, "--limit", "1")["rows"] as? [[String: Any]]
            let key = try #require(rows?.first?["key"] as? String)
            #expect(try json("purge", "--key", key, "--data", data)["removed"] as? Int == 1)
            #expect(try json("purge", "--all", "--data", data)["removed"] as? Int == 2)
            let gateway = try GatewayProcess(data: data, "--simulate")
            #expect(try gateway.chat(question("cache 0"))["x-gateway-cache"] == "MISS")
            #expect(!gateway.errors.contains("moved to"))
        }

        @Test func `a damaged cache fails its verification, with the place`() throws {
            do {
                let gateway = try GatewayProcess(data: data, "--simulate")
                for number in 0..<3 { _ = try gateway.chat(question("cache \(number)")) }
                gateway.signal(SIGTERM)
                #expect(gateway.waitForExit() == 0)
            }
            let path = data + "/cache/data.mdb"
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            let place = try #require(bytes.range(of: Data("chat.completion".utf8)))
            bytes[place.lowerBound] ^= 1
            try bytes.write(to: URL(fileURLWithPath: path))
            let (exit, output, _) = try cache("verify", "--data", data)
            #expect(exit == 1 && output.contains("damaged"), "\(output)")
        }

        @Test(arguments: [
            (["purge"], "purge takes one of"), (["purge", "--all", "--deal", "x"], "purge takes one of"),
            (["purge", "--deal", ""], "--deal is empty"), (["stats", "--key", "x"], "takes no --key"),
            (["lst"], "did you mean list?"), ([], "expected one of stats"),
            (["list", "--limit", "0"], "expected 1 to"),
            (["purge", "--key", "12"], "64 hexadecimal digits"),
        ])
        func `a command line that could mean something else is refused`(words: [String], said: String) throws {
            let child = try GatewayProcess.command(["cache"] + words)
            #expect(child.waitForExit() == 64)
            #expect(child.errors.contains(said), "\(child.errors)")
        }

        @Test func `where there is no cache, that is said`() throws {
            let (exit, _, errors) = try cache("list", "--data", directory.path + "/none")
            #expect(exit == 1 && errors.contains("name it with --data"), "\(errors)")
        }
    }
}
