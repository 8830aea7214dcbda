/// Where a caller's sticky key is looked for.
enum StickySource: Sendable, Equatable {
    /// A header field, by its name in lower case.
    case header([UInt8])
    /// A member of the body, by its name, or by the names that lead to it: `body:metadata.user_id`.
    case body([[UInt8]])
    case credential

    init(_ key: RolloutSettings.Key) {
        switch key {
        case .header(let name): self = .header(Array(name.utf8))
        case .body(let field): self = .body(field.split(separator: ".").map { Array($0.utf8) })
        case .credential: self = .credential
        }
    }
}
