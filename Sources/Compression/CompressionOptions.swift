/// What may be done to a conversation's texts.
package struct CompressionOptions: Sendable, Equatable {
    /// How far the compressor goes.
    package enum Level: String, Sendable, CaseIterable {
        /// What has a proof: nothing is lost that a reader could miss.
        case safe
        /// Also what changes the form: rows under common keys, factored line beginnings, licence heads, wrapped prose.
        case aggressive
    }

    package var level: Level
    /// Whether text that was sent before may become a reference to it.
    package var usesReferences: Bool
    /// Whether comments of code go, which loses them.
    package var dropsComments: Bool

    package init(level: Level = .safe, usesReferences: Bool = true, dropsComments: Bool = false) {
        self.level = level
        self.usesReferences = usesReferences
        self.dropsComments = dropsComments
    }
}
