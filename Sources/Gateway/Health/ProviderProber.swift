import HTTP
import Platform
import Routing

/// Asks each provider every `health.interval_s` whether it is up, with a request that bills nothing.
///
/// By libcurl, and on a loop of its own, so that no client waits for it. Any answer below 500 counts as up, a refused key
/// too: what is asked is whether somebody is there.
actor ProviderProber: BackgroundActor {
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private nonisolated let context: GatewayContext
    private var transport: CurlTransport?
    private var pauses: [String: Pause] = [:]
    private var watching = 0
    private var isClosing = false

    /// The longest that an answer may take.
    private static let patience: UInt64 = 10_000_000_000

    init(_ context: GatewayContext, on loop: EventLoop) {
        self.context = context
        self.loop = loop
    }

    func close() async {
        isClosing = true
        for pause in pauses.values { pause.cancel() }
        transport?.close()
        while watching > 0 { await Task.yield() }
    }

    /// Begins with a first question to each.
    func run() {
        guard !isClosing else { return }
        transport = CurlTransport(on: loop, keptConnections: 16)
        for provider in context.providers.values where provider.healthInterval > 0 {
            watching += 1
            _ = Task(executorPreference: loop) { await self.watch(provider) }
        }
    }

    private func watch(_ provider: Provider) async {
        while !isClosing, let transport {
            let probe = await ask(provider, transport)
            if isClosing { break }
            provider.state.probed(probe, context.time.monotonicNanoseconds())
            let pause = Pause(on: loop)
            pauses[provider.name] = pause
            await pause.wait(provider.healthInterval)
        }
        watching -= 1
    }

    private func ask(_ provider: Provider, _ transport: CurlTransport) async -> ProviderState.Probe {
        let began = context.time.monotonicNanoseconds()
        let exchange = transport.begin(provider.probe(patience: Self.patience))
        defer { exchange.finish() }
        var status: Int?
        var problem: String?
        do throws(UpstreamFailure) {
            try await exchange.waitForHead()
            status = exchange.head.status
            // To its end, so that the connection serves the next question too; but not to any length.
            while try await exchange.read(), exchange.received.count < 65536 { exchange.received.removeAll() }
        } catch { problem = status == nil ? error.kind.rawValue : nil }
        return ProviderState.Probe(
            at: context.time.wallMicroseconds(), status: status, error: problem,
            nanoseconds: context.time.monotonicNanoseconds() &- began)
    }
}
