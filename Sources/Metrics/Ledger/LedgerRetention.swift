import Platform

/// How long records are kept: whole days (UTC), counted back from the one that is on.
struct LedgerRetention: Sendable {
    /// Nil keeps them for ever.
    let days: Int?
    let time: any TimeSource

    /// The first day whose records are kept, in days since 1970; nil where all are.
    var oldestDay: UInt32? {
        guard let days else { return nil }
        let today = DealKey.day(of: time.wallMicroseconds())
        return today > UInt32(clamping: days) ? today - UInt32(clamping: days) : nil
    }
}

/// When the ledger's thread, with nothing else to do, looks for records that are too old.
struct RetentionLook {
    /// At once after the start, and step after step as long as there are any.
    private(set) var pause = Duration.zero

    mutating func goesOn() { pause = .zero }
    /// Days end once a day: this is often enough.
    mutating func isOver() { pause = .seconds(600) }
}
