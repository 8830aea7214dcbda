import LMDB

/// Cost by interval, with a forecast of the day's and the month's.
struct CostTrend: CellReport {
    let base = Survey.Base.hours
    let parts = Cell.Parts([])
    let order = RowOrder.cost

    func measures(_ query: ReportQuery) -> [Measured<CellRow>] {
        [.calls, .errors, .unpriced] + Measured.tokens
            + [.cost, .money("cost_input_usd", nil, .costInput), .money("cost_output_usd", nil, .costOutput)]
            + Measured.saved
    }

    func complete(_ table: inout ReportTable, _ found: FoundRows, _ store: LedgerStore) throws(StoreError) {
        let forecast = try CostForecast(found.query, store)
        table.facts =
            [
                .init("day_so_far_usd", "Today so far", .money(forecast.day)),
                .init("day_forecast_usd", "Forecast of the day", .money(forecast.wholeDay)),
                .init("month_so_far_usd", "This month so far", .money(forecast.month)),
                .init("month_forecast_usd", "Forecast of the month", .money(forecast.wholeMonth)),
            ] + table.facts
    }
}

/// What the day and the month will have cost, if it goes on as it did lately.
///
/// The rest of the day costs what the last 24 hours did in as much time, the rest of the month what the last seven days
/// did; of calls with a known price, under the query's filters, whatever time it is about. Where the ledger is younger than
/// that, its own age counts.
struct CostForecast {
    let day: PicoDollars
    let wholeDay: PicoDollars
    let month: PicoDollars
    let wholeMonth: PicoDollars

    private static let dayLength = DealKey.microseconds

    init(_ query: ReportQuery, _ store: LedgerStore) throws(StoreError) {
        let now = query.now
        let today = Interval.minutes(1440).start(of: now)
        let thisMonth = Interval.month.start(of: now)
        let earliest = min(thisMonth, now - 7 * Self.dayLength)
        let hours = try Self.costs(query.byHour(from: earliest, to: now), store)
        func cost(since start: Int64) -> Int64 {
            hours.reduce(0) { $1.time >= start ? $0.saturatingAdd($1.cost) : $0 }
        }
        // From the first hour in which there was a call.
        let age = max(now - (hours.map(\.time).min() ?? now), HourKey.microseconds)
        func rest(until end: Int64, asIn last: Int64) -> Int64 {
            let span = min(age, last)
            // In a double: whole numbers would pass their range, and a forecast is none to the pico-dollar.
            let rate = Double(cost(since: now - span)) / Double(span)
            return Int64(min(max(rate * Double(end - now), 0), 9e18))
        }
        day = PicoDollars(cost(since: today))
        month = PicoDollars(cost(since: thisMonth))
        wholeDay = day + PicoDollars(rest(until: today + Self.dayLength, asIn: Self.dayLength))
        wholeMonth = month + PicoDollars(rest(until: Interval.month.next(after: thisMonth), asIn: 7 * Self.dayLength))
    }

    /// What each hour cost that had calls.
    private static func costs(_ query: ReportQuery, _ store: LedgerStore) throws(StoreError) -> [(
        time: Int64, cost: Int64
    )] {
        var names = NameTable()
        var tally = Tally([.time], .minutes(60), [])
        _ = try Survey(query, over: store, .hours).run(&tally, &names)
        return tally.lights.map { (Int64($0.key[0]) * 60_000_000, $0.value.cost) }
    }
}
