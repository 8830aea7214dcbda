import Cache

/// A percentage of callers, drawn by a sticky key: the same key always falls in or out, and raising the percentage moves
/// nobody out.
///
/// A key's place is the first eight bytes of a SHA-256 over what draws and the key, read as a number; who stands below
/// the percentage of all such numbers is in. Places are even over keys and independent between two that draw.
enum Share: Sendable, Equatable {
    case nobody
    case below(UInt64)
    case everybody

    /// - Parameter percent: 0 to 100.
    init(percent: Double) {
        if !(percent > 0) {
            self = .nobody
        } else if percent >= 100 {
            self = .everybody
        } else {
            self = .below(UInt64(percent / 100 * 0x1p64))
        }
    }

    /// Whether a caller is in; `place` is asked for only where it matters.
    func includes(_ place: @autoclosure () -> UInt64) -> Bool {
        switch self {
        case .nobody: false
        case .everybody: true
        case .below(let limit): place() < limit
        }
    }

    /// Where a key stands.
    ///
    /// - Parameters:
    ///   - drawing: What draws: a flag or a rule.
    ///   - salt: Draws everybody anew where it is another.
    static func place(of key: [UInt8], drawing: String, salt: String, using digest: Digest) -> UInt64 {
        digest.reset()
        digest.updateLengthPrefixed(salt.utf8Span.span.bytes)
        digest.updateLengthPrefixed(drawing.utf8Span.span.bytes)
        digest.update(key.span.bytes)
        return digest.finish().withBytes { UInt64(bigEndian: $0.unsafeLoadUnaligned(as: UInt64.self)) }
    }
}
