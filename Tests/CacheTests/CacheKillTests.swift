import Foundation
import TestSupport
import Testing

/// `kill -9` in the middle of writing; `tools/endurance --only kills` does it a hundred times.
struct CacheKillTests {
    @Test func `twenty kills while it writes leave a cache that opens whole, with right answers alone`() throws {
        // In memory, so that a kill meets the writer at work and not the disk.
        let directory = TemporaryDirectory(isInMemory: true)
        let program = URL(fileURLWithPath: GatewayProcess.binary).deletingLastPathComponent().path + "/cache-bench"
        var answers = 0
        for kill in 1...20 {
            let churn = try ChildProcess(program, ["churn", directory.path, "\(kill)"])
            try #require(churn.waitForExit() == 128 + SIGKILL, "\(churn.output)\(churn.errors)")
            let rounds = churn.output.matches(of: /round (\d+)\n/)
            let round = try #require(rounds.last?.1)
            let check = try ChildProcess(program, ["check", directory.path, String(round)])
            try #require(check.waitForExit() == 0, "kill \(kill), round \(round): \(check.output)\(check.errors)")
            answers += Int(try #require(check.output.firstMatch(of: /right: (\d+) answers/)).1) ?? 0
        }
        #expect(answers > 200)
    }
}
