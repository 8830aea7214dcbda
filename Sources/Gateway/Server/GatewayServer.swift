import CSystem
import Cache
import Glibc
package import HTTP
import LMDB
import Metrics
package import Platform
import Tokens

/// A whole gateway in this process: its stores, its loops, its listening sockets.
package final class GatewayServer: Sendable {
    /// Where clients and operators are served, with the ports that the system chose for 0.
    package let address: String
    package let adminAddress: String
    /// What the operator should know of the start.
    package let notices: [String]
    private let directory: DataDirectory
    private let ledger: Ledger
    private let cache: ResponseCache?
    private let data: WorkerGroup
    private let admin: WorkerGroup
    private let simulator: WorkerGroup?
    private let auditor: Background<CacheAuditor>?
    private let prober: Background<ProviderProber>
    private let alertWatch: Background<AlertWatch>
    private let state: ServerState
    private let tls: TLSSettings?
    private let time: any TimeSource

    /// Starts serving.
    ///
    /// - Parameters:
    ///   - loops: How many threads serve clients; by default one a core that this process may use.
    ///   - listening: Listening descriptors of a service manager's; none to bind `listen.address`.
    ///   - simulated: Puts the built-in upstream behind every provider, behaving like this.
    ///   - environment: Where an egress proxy may be named.
    ///   - onProviderEvent: Is told when a provider goes up or down, on whatever thread sees it; must not block.
    ///   - log: Takes what the operator should know of while it runs.
    ///   - onWait: Called when another gateway still holds the data directory.
    package init(
        _ settings: Settings, loops: Int? = nil, listening: [Int32] = [], simulated: SimulatedUpstream? = nil,
        time: any TimeSource = SystemTime(), environment: [String: String] = [:],
        onProviderEvent: @escaping @Sendable (ProviderEvent) -> Void = { _ in },
        log: @escaping @Sendable (String) -> Void = { _ in }, onWait: () -> Void = {}
    ) throws(StartupError) {
        let tls: TLSContext?
        do throws(TLSError) { tls = try settings.listen.tls?.makeContext() } catch {
            throw StartupError("listen.tls: \(error)")
        }
        for provider in settings.providers.values {
            do throws(TLSError) { try provider.checkAuthorities() } catch {
                throw StartupError("providers.\(provider.name).tls.ca: \(error)")
            }
        }
        let tokens: TokenCounter
        do throws(RankFileProblem) { tokens = try TokenCounter(rankFile: settings.tokenRanks) } catch {
            throw StartupError("tokens.ranks \(error)")
        }
        try settings.refuseExposure(of: listening)
        raiseDescriptorLimit()
        var settings = settings
        directory = try DataDirectory(settings.dataDirectory, onWait: onWait)
        if let simulated {
            let group = try WorkerGroup(simulated.address, count: 1, name: "simulator", time: time) {
                simulated.handler(on: $0)
            }
            simulator = group
            settings.simulate(at: group.address)
        } else {
            simulator = nil
        }
        var notices: [String] = []
        if let problem = tls?.expiryProblem(at: time.wallMicroseconds()) {
            notices.append("listen.tls.certificate \(problem)")
        }
        let alerts = AlertBook(settings.alerts)
        let spent: [String: PicoDollars]
        do throws(StoreError) {
            ledger = try Ledger(
                directory: directory.path, maxBytes: settings.ledger.maxBytes,
                retentionDays: settings.ledger.retentionDays,
                durability: settings.ledger.durability == .none ? .noSync : .full, time: time,
                onRecords: { alerts.note($0) })
            cache =
                settings.cache.enabled
                ? try ResponseCache(
                    directory: directory.path, maxBytes: settings.cache.maxBytes,
                    maxEntryBytes: settings.cache.maxEntryBytes,
                    keepsExpired: settings.cache.staleIfError.microseconds, time: time)
                : nil
            spent = try ledger.spentLately(settings, alerts, now: time.wallMicroseconds())
        } catch { throw StartupError(error.description) }
        if let notice = cache?.notice { notices.append(notice) }
        if ledger.recovered > 0 {
            notices.append("the ledger took over \(ledger.recovered) records from the journal of a run that broke off")
        }
        let tenants: TenantDigester
        do throws(CacheFault) { tenants = try TenantDigester(directory: directory.path) } catch {
            throw StartupError(error.description)
        }

        let state = ServerState()
        let gauges = ConnectionGauges()
        let buffers = BufferBudget(limitBytes: settings.limits.bufferedBytes)
        let context = GatewayContext(
            settings, tokens: tokens, cache: cache, ledger: ledger, tenants: tenants, gauges: gauges, buffers: buffers,
            time: time, alerts: alerts, spent: spent, environment: environment, onProviderEvent: onProviderEvent)
        do throws(SocketError) {
            auditor =
                settings.cache.auditRate > 0
                ? try Background(name: "audit", time: time) { CacheAuditor(context, on: $0) } : nil
            prober = try Background(name: "health", time: time) { ProviderProber(context, on: $0) }
            alertWatch = try Background(name: "alerts", time: time) { AlertWatch(context, on: $0, log: log) }
        } catch { throw StartupError("\(error)") }
        let auditor = auditor?.worker
        let limits = Connection.Limits(settings.limits)
        let loopCount = loops ?? coresAllowed()
        data = try WorkerGroup(
            SocketAddress(settings.listen.address), listening: listening, count: loopCount, name: "loop",
            limits: limits, connectionLimit: settings.limits.connections, gauges: gauges, buffers: buffers, tls: tls,
            time: time
        ) { DataPlane(context, on: $0, loopCount: loopCount, auditor: auditor) }
        admin = try WorkerGroup(
            SocketAddress(settings.admin.address), count: 1, name: "admin", limits: limits, time: time
        ) { _ in AdminPlane(context, state: state, auditor: auditor) }
        address = data.address.description
        adminAddress = admin.address.description
        self.notices = notices
        self.state = state
        self.tls = settings.listen.tls
        self.time = time
    }

    /// Reads certificate and key of `listen.tls` again, for connections accepted from now on; those that are open go on
    /// under the one they began with.
    ///
    /// - Returns: What the operator should know of the new certificate, such as that it ends soon.
    /// - Throws: `TLSError` when they are not sound; then those read before stay in force.
    package func reloadCertificate() throws(TLSError) -> String? {
        guard let context = try tls?.makeContext() else { return nil }
        data.encrypt(with: context)
        return context.expiryProblem(at: time.wallMicroseconds()).map { "listen.tls.certificate \($0)" }
    }

    /// Stops accepting, finishes what is in hand, writes what waits, and lets go of everything.
    ///
    /// - Parameters:
    ///   - patience: How long requests in hand may take; what is left then is given up.
    ///   - idleGrace: How long clients at rest may still send one request, which is answered.
    ///   - hurry: Returns when the operator has lost patience before that; runs on a thread of its own.
    /// - Returns: Whether everything in hand could finish.
    @discardableResult
    package func stop(
        patience: Duration = .seconds(30), idleGrace: Duration = .seconds(10), hurry: (@Sendable () -> Void)? = nil
    ) -> Bool {
        state.beginDraining()
        let wasHurried = Lock(false)
        if let hurry {
            let data = data
            _ = WorkerThread(name: "hurry") {
                hurry()
                wasHurried.withLock { $0 = true }
                data.abandon()
            }
        }
        let isWhole = data.drain(patience: patience, idleGrace: idleGrace) && !wasHurried.withLock(\.self)
        admin.drain(patience: .seconds(1))
        simulator?.drain(patience: .seconds(1))
        prober.close()
        auditor?.close()
        alertWatch.close()
        cache?.close()
        ledger.close()
        directory.release()
        return isWhole
    }
}

/// The simulated upstream, before it runs.
package struct SimulatedUpstream: Sendable {
    let address: SocketAddress
    let behaviour: Simulator.Behaviour

    /// One on a free loopback port that answers at once.
    package init() {
        address = SocketAddress(host: "127.0.0.1", port: 0)
        behaviour = Simulator.Behaviour()
    }

    init(_ address: SocketAddress, _ behaviour: Simulator.Behaviour) {
        self.address = address
        self.behaviour = behaviour
    }

    func handler(on loop: EventLoop) -> any RequestHandler { Simulator(behaviour, on: loop) }
}

extension Ledger {
    /// Reads back what limits depend on: tells the alerts, and returns what the calls of each client key, by its name,
    /// have cost since the beginning of the day (UTC).
    fileprivate func spentLately(
        _ settings: Settings, _ alerts: AlertBook, now: Int64
    ) throws(StoreError) -> [String: PicoDollars] {
        let day = now - now % DailyBudget.dayMicroseconds
        let needsDay =
            settings.alerts.costPicoDollarsPerDay != nil
            || settings.auth.keys.contains { $0.budgetPicoDollarsPerDay != nil }
        var spent: [String: PicoDollars] = [:]
        try reader.forEach(from: min(needsDay ? day : now, now - 3_600_000_000)) { entry in
            alerts.note([entry])
            if entry.startedAt >= day, let key = entry.clientKey, let cost = entry.cost {
                spent[key, default: .zero] += cost
            }
            return true
        }
        return spent
    }
}

extension Settings {
    /// Holds sockets that were handed over to what `listen.address` is held to.
    fileprivate func refuseExposure(of listening: [Int32]) throws(StartupError) {
        for descriptor in listening {
            let address: SocketAddress
            do throws(SocketError) { address = try ListeningSockets.localAddress(of: descriptor) } catch {
                throw StartupError(
                    "descriptor \(descriptor), handed over in LISTEN_FDS, is no socket to serve: \(error)")
            }
            if let name = SocketName("\(address)"), let problem = exposure(of: name) {
                throw StartupError("the listening socket handed over in LISTEN_FDS \(problem)")
            }
        }
    }

    /// Sends every provider's calls to the simulated upstream, with the client's own credentials.
    mutating func simulate(at address: SocketAddress) {
        for (name, provider) in providers {
            // Azure's paths have no version in front.
            guard let url = BaseURL("http://\(address)\(provider.kind == .azure ? "" : "/v1")") else {
                preconditionFailure("a bound address makes a URL")
            }
            providers[name]?.baseURL = url
            providers[name]?.apiKey = nil
        }
    }
}

/// Lets the process have as many descriptors as the system allows it: each client and each upstream takes one.
private func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// Cores that this process may run on, which in a container are fewer than the machine has.
private func coresAllowed() -> Int { max(Int(csystem_allowed_cores()), 1) }
