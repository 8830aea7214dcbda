import HTTP
import Metrics
import Platform

/// Compares what is spent with its limits every second, and tells whoever is to be told of it; on a loop of its own.
actor AlertWatch: BackgroundActor {
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let context: GatewayContext
    private let log: @Sendable (String) -> Void
    private let webhook: Webhook?
    private let transport: Transports
    /// What ends with the watch: its wait for the next second, and for the next attempt to tell.
    private var tick: Pause?
    private var rest: Pause?
    private var isClosed = false
    private var isTelling = false
    /// What the webhook has still to be told, oldest first.
    private var untold: [AlertEvent] = []

    private static let interval: UInt64 = 1_000_000_000
    /// Events that wait at most; beyond, the oldest goes, since the newest tells how things are.
    private static let untoldLimit = 100

    /// - Parameter log: Takes a sentence for the operator.
    init(_ context: GatewayContext, on loop: EventLoop, log: @escaping @Sendable (String) -> Void) {
        self.context = context
        self.loop = loop
        self.log = log
        webhook = Webhook(context.settings.alerts)
        transport = Transports(on: loop, resolver: context.resolver, loopCount: 1)
    }

    func run() async {
        while !isClosed {
            look()
            let tick = Pause(on: loop)
            self.tick = tick
            await tick.wait(Self.interval)
        }
    }

    func close() {
        isClosed = true
        tick?.cancel()
        rest?.cancel()
        transport.close()
    }

    private func look() {
        let now = context.time.wallMicroseconds()
        let reader = context.ledger.reader
        let accounts = context.clientKeys.all
        for event in context.alerts.evaluate(accounts, now: now, costOfDeal: { reader.cost(ofDeal: $0) }) {
            log(event.text)
            guard webhook != nil else { continue }
            if untold.count >= Self.untoldLimit { untold.removeFirst() }
            untold.append(event)
        }
        guard !untold.isEmpty, !isTelling else { return }
        isTelling = true
        _ = Task(executorPreference: loop) { await self.tell() }
    }

    private func tell() async {
        while !isClosed, !untold.isEmpty { await tell(untold.removeFirst()) }
        isTelling = false
    }

    private func tell(_ event: AlertEvent) async {
        guard let webhook else { return }
        let body = event.json(safeMode: context.alerts.safeMode.current.rawValue)
        for attempt in 0..<Webhook.attempts {
            let rest = Pause(on: loop)
            self.rest = rest
            if attempt > 0 { await rest.wait(Webhook.pause(before: attempt)) }
            if isClosed { return }
            if await webhook.post(body, by: transport, context.time) { return }
        }
        log("alerts.webhook did not take an alert: \(event.text)")
    }
}
