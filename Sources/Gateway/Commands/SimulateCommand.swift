import HTTP
import Platform

/// `gateway simulate`: an upstream that speaks OpenAI's API and needs no key.
package enum SimulateCommand: Command {
    package static let name = "simulate"
    package static let summary = "Runs an OpenAI-compatible upstream that needs no key and answers the same each time."
    package static let usage = "[--listen HOST:PORT] [--latency MS] [--tokens-per-second N] [--fault KIND:RATE]..."
    package static let options = [
        CommandOption("--listen", "HOST:PORT", "where it is served, by default 127.0.0.1:8090"),
        CommandOption("--latency", "MS", "milliseconds until an answer begins, by default 0"),
        CommandOption("--tokens-per-second", "N", "how fast a stream comes, by default all at once"),
        CommandOption(
            "--fault", "KIND:RATE",
            "a share of requests that fail: \(SimulatedFaults.kinds)",
            isRepeated: true),
    ]
    package static let example = "gateway simulate --latency 200 --tokens-per-second 50 --fault 429:0.05"

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        try arguments.refuseOperands()
        let listen = arguments["--listen"] ?? "127.0.0.1:8090"
        guard let address = SocketName(listen) else {
            throw UsageError("--listen is '\(listen)'; expected \(SocketName.expected)")
        }
        var behaviour = Simulator.Behaviour()
        behaviour.latency = .milliseconds(try number(arguments, "--latency", upTo: 3_600_000))
        behaviour.tokensPerSecond = try number(arguments, "--tokens-per-second", upTo: 1_000_000)
        for text in arguments.all("--fault") where !behaviour.faults.add(text) {
            throw UsageError(
                "--fault is '\(text)'; expected KIND:RATE with a rate from 0 to 1 and one of \(SimulatedFaults.kinds)")
        }
        let signals = ShutdownSignals()
        let upstream = SimulatedUpstream(SocketAddress(address), behaviour)
        do throws(StartupError) {
            let group = try WorkerGroup(upstream.address, count: 1, name: "simulator", time: SystemTime()) {
                upstream.handler(on: $0)
            }
            context.console.say("simulated upstream on http://\(group.address)/v1")
            signals.wait()
            group.drain(patience: .seconds(1))
            return 0
        } catch {
            context.console.complain("gateway simulate: \(error)")
            return 1
        }
    }

    private static func number(_ arguments: ArgumentList, _ name: String, upTo limit: Int) throws(UsageError) -> Int {
        guard let text = arguments[name] else { return 0 }
        guard let number = Int(text), (0...limit).contains(number) else {
            throw UsageError("\(name) is '\(text)'; expected a whole number from 0 to \(limit)")
        }
        return number
    }
}
