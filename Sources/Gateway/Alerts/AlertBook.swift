import Metrics
import Platform

/// What is being spent, and which of the limits in `alerts` that is above.
///
/// Told of every record by the ledger's thread, so that a request's way knows nothing of it; asked every second by the
/// alerts' own loop. What a deal has cost is read from the ledger, where it is kept.
final class AlertBook: Sendable {
    private struct State {
        var hour = SlidingCost()
        var hourAlert: LimitAlert?
        /// Days since 1970, and what was spent on that one (UTC).
        var day: Int64 = 0
        var today = PicoDollars.zero
        var dayAlert: LimitAlert?
        /// The deals with calls lately, and when the latest ended.
        var dealsWithNews: [String: Int64] = [:]
        var deals: [String: Deal] = [:]
        var keyAlerts: [String: LimitAlert] = [:]

        /// Begins a new day where it has come.
        mutating func turn(to now: Int64) {
            let day = now / DailyBudget.dayMicroseconds
            if day > self.day { (self.day, today) = (day, .zero) }
        }
    }

    private struct Deal {
        var cost: PicoDollars
        /// When its last call ended, in microseconds since 1970.
        var lastCallAt: Int64
        var alert: LimitAlert
    }

    private let settings: AlertSettings
    /// On while the hour or the day costs too much.
    let safeMode: SafeMode
    private let state: Lock<State>

    /// Deals that are watched at a time; of more, those without a call for longest are watched again with their next.
    static let dealLimit = 10_000

    init(_ settings: AlertSettings) {
        self.settings = settings
        safeMode = SafeMode(settings.safeMode)
        func alert(_ limit: Int64?) -> LimitAlert? { limit.map { LimitAlert(limit: PicoDollars($0)) } }
        state = Lock(
            State(
                hourAlert: alert(settings.costPicoDollarsPerHour), dayAlert: alert(settings.costPicoDollarsPerDay)))
    }

    /// Takes what calls have cost, as the ledger is told of them; at the start, those of today and of the last hour.
    func note(_ entries: [LedgerEntry]) {
        state.withLock { state in
            for entry in entries {
                guard let cost = entry.cost, cost > .zero else { continue }
                let ended = entry.startedAt &+ entry.latencyMicroseconds
                state.hour.add(cost, at: ended)
                state.turn(to: ended)
                if ended / DailyBudget.dayMicroseconds == state.day { state.today += cost }
                if settings.costPicoDollarsPerDeal != nil, let deal = entry.deal,
                    state.dealsWithNews.count < Self.dealLimit || state.dealsWithNews[deal] != nil
                {
                    state.dealsWithNews[deal] = ended
                }
            }
        }
    }

    /// Compares everything with its limit, and switches the safe mode; returns what has changed.
    ///
    /// - Parameters:
    ///   - accounts: The client keys, of which those with a budget are watched.
    ///   - costOfDeal: What the ledger says that a deal has cost so far.
    ///   - now: Microseconds since 1970.
    func evaluate(
        _ accounts: [ClientAccount], now: Int64, costOfDeal: (String) -> PicoDollars
    ) -> [AlertEvent] {
        state.withLock { state in
            state.turn(to: now)
            readDeals(now: now, costOfDeal, &state)
            var events: [AlertEvent] = []
            func check(
                _ alert: inout LimitAlert?, _ kind: AlertEvent.Kind, _ value: PicoDollars, projected: PicoDollars? = nil
            ) {
                guard let change = alert?.update(value, now: now), let limit = alert?.limit else { return }
                events.append(
                    AlertEvent(kind: kind, change: change, value: value, limit: limit, projected: projected, at: now))
            }
            let hour = state.hour.lastHour(now: now)
            check(&state.hourAlert, .costPerHour, hour, projected: state.hour.projectedHour(now: now))
            check(&state.dayAlert, .costPerDay, state.today)
            for (name, deal) in state.deals {
                var alert: LimitAlert? = deal.alert
                check(&alert, .costPerDeal(name), deal.cost)
                if let alert, alert != deal.alert { state.deals[name]?.alert = alert }
            }
            for account in accounts {
                guard let budget = account.budget else { continue }
                var alert: LimitAlert? = state.keyAlerts[account.key.name] ?? LimitAlert(limit: budget.limit)
                check(&alert, .keyBudget(account.key.name), budget.standing(now: now).spent)
                state.keyAlerts[account.key.name] = alert
            }
            safeMode.set((state.hourAlert?.isActive ?? false) || (state.dayAlert?.isActive ?? false))
            return events
        }
    }

    /// How long a deal is looked up after its last call: news come ahead of the commit, which a slow disk holds up.
    private static let newsMicroseconds: Int64 = 60_000_000

    /// Asks the ledger what the deals with new calls have cost so far.
    private func readDeals(now: Int64, _ costOfDeal: (String) -> PicoDollars, _ state: inout State) {
        guard let limit = settings.costPicoDollarsPerDeal else { return }
        for (name, lastCallAt) in state.dealsWithNews {
            let alert = state.deals[name]?.alert ?? LimitAlert(limit: PicoDollars(limit))
            state.deals[name] = Deal(cost: costOfDeal(name), lastCallAt: lastCallAt, alert: alert)
        }
        state.dealsWithNews = state.dealsWithNews.filter { now &- $0.value < Self.newsMicroseconds }
        guard state.deals.count > Self.dealLimit else { return }
        let oldest = state.deals.sorted { $0.value.lastCallAt < $1.value.lastCallAt }
        for (name, _) in oldest.prefix(state.deals.count - Self.dealLimit) { state.deals[name] = nil }
    }

    /// Everything that is watched, and how it stands.
    func standings(_ accounts: [ClientAccount], now: Int64) -> [AlertStanding] {
        state.withLock { state in
            state.turn(to: now)
            var standings: [AlertStanding] = []
            func add(
                _ alert: LimitAlert?, _ kind: AlertEvent.Kind, _ value: PicoDollars, projected: PicoDollars? = nil
            ) {
                guard let alert else { return }
                standings.append(AlertStanding(kind: kind, alert: alert, value: value, projected: projected))
            }
            let hour = state.hour.lastHour(now: now)
            add(state.hourAlert, .costPerHour, hour, projected: state.hour.projectedHour(now: now))
            add(state.dayAlert, .costPerDay, state.today)
            for account in accounts {
                guard let budget = account.budget else { continue }
                add(
                    state.keyAlerts[account.key.name] ?? LimitAlert(limit: budget.limit),
                    .keyBudget(account.key.name), budget.standing(now: now).spent)
            }
            let dearest = state.deals.sorted { ($0.value.cost, $1.key) > ($1.value.cost, $0.key) }
            for (name, deal) in dearest.prefix(Self.dealsShown) { add(deal.alert, .costPerDeal(name), deal.cost) }
            return standings
        }
    }

    /// Deals in the list of what is watched: the dearest ones.
    private static let dealsShown = 100
}
