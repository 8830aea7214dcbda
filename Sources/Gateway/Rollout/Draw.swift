/// A flag or a rule that some callers fall under: who draws, for how many, and by what it tells them apart.
struct Draw: Sendable, Equatable {
    /// What draws; two that are called differently draw independently.
    let name: String
    let share: Share
    let salt: String
    /// Where a caller's sticky key is looked for, best first.
    let sources: [StickySource]

    init(_ name: String, _ share: Share, salt: String, _ sources: [StickySource]) {
        self.name = name
        self.share = share
        self.salt = salt
        self.sources = sources
    }

    /// A flag's.
    init(_ flag: RolloutFlag, _ value: RolloutFlag.Value, _ settings: RolloutSettings) {
        self.init(
            flag.rawValue, Share(percent: value.effectivePercent), salt: value.salt ?? settings.salt,
            (value.key ?? settings.key).map(StickySource.init))
    }

    /// Whether a caller is in; `place` is asked for only where it matters.
    func includes(_ place: (Draw) -> UInt64) -> Bool { share.includes(place(self)) }
}
