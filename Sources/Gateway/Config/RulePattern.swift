/// What a rule compares a text with: the text itself, or with a `*` at its end whatever begins so; `*` alone is anything.
package struct RulePattern: Sendable, Hashable, CustomStringConvertible {
    /// Without the star.
    private let bytes: [UInt8]
    private let isPrefix: Bool

    package init(_ text: String) {
        isPrefix = text.hasSuffix("*")
        bytes = Array(isPrefix ? text.utf8.dropLast() : text.utf8[...])
    }

    private init(bytes: [UInt8], isPrefix: Bool) {
        self.bytes = bytes
        self.isPrefix = isPrefix
    }

    /// As the configuration spells it.
    package var description: String { String(decoding: bytes, as: UTF8.self) + (isPrefix ? "*" : "") }

    func matches(_ text: some Collection<UInt8>) -> Bool {
        isPrefix ? text.starts(with: bytes) : text.elementsEqual(bytes)
    }

    /// The one text that it matches; nil where there are more.
    var text: String? { isPrefix ? nil : description }

    /// Whether it matches whatever `other` does.
    func covers(_ other: RulePattern) -> Bool {
        isPrefix ? other.bytes.starts(with: bytes) : self == other
    }

    // MARK: Paths

    var isPath: Bool { isPrefix && bytes.isEmpty || bytes.first == UInt8(ascii: "/") }

    /// The same of a path below `/v1`, since routes also answer without that.
    var belowVersion: RulePattern {
        let version = Array("/v1".utf8)
        if bytes.starts(with: version + [UInt8(ascii: "/")]) {
            return RulePattern(bytes: Array(bytes.dropFirst(version.count)), isPrefix: isPrefix)
        }
        // What begins like the version itself, as `/v*`, is everything below it.
        return isPrefix && version.starts(with: bytes) ? RulePattern("*") : self
    }
}
