/// Which calls a report is about; what is `nil` is not asked for.
package struct ReportFilter: Sendable {
    /// Microseconds since 1970; `from` inclusive, `to` exclusive.
    package var from: Int64?
    package var to: Int64?
    package var deal: String?
    package var task: LedgerEntry.TaskKind?
    package var model: String?
    package var provider: String?

    package init(
        from: Int64? = nil, to: Int64? = nil, deal: String? = nil, task: LedgerEntry.TaskKind? = nil,
        model: String? = nil, provider: String? = nil
    ) {
        self.from = from
        self.to = to
        self.deal = deal
        self.task = task
        self.model = model
        self.provider = provider
    }

    /// Whether a call of the right time is one of them.
    func admits(_ entry: LedgerEntry) -> Bool {
        (deal == nil || entry.deal == deal) && (task == nil || entry.task == task)
            && (model == nil || entry.model == model) && (provider == nil || entry.provider == provider)
    }
}
