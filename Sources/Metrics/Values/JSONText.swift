/// Writes one JSON value, member by member, into bytes.
///
/// Of our own, because money must be written as exact decimals, which an encoder through `Double` cannot, and
/// since Metrics does without Foundation. Commas come of themselves; balance is the caller's.
package struct JSONText {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    /// What has been written, as a string.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package mutating func object(_ body: (inout JSONText) -> Void) { enclosed("{", "}", body) }
    package mutating func array(_ body: (inout JSONText) -> Void) { enclosed("[", "]", body) }

    /// Writes a member's name; its value comes next.
    package mutating func name(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a value as it is: a number, `true`, `null`, or a whole value made elsewhere.
    package mutating func raw(_ text: some StringProtocol) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    package mutating func string(_ text: some StringProtocol) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 { escaped(byte) }
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    // MARK: - Members; an absent value is null

    package mutating func member(_ name: String, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { raw("null") }
    }

    package mutating func member(_ name: String, _ value: Bool) {
        self.name(name)
        raw(value ? "true" : "false")
    }

    package mutating func member(_ name: String, _ value: (some BinaryInteger)?) {
        self.name(name)
        raw(value.map { "\($0)" } ?? "null")
    }

    package mutating func member(_ name: String, _ value: PicoDollars?) {
        self.name(name)
        raw(value?.usd ?? "null")
    }

    package mutating func member(_ name: String, _ value: (some NamedValue)?) { member(name, value?.name) }

    /// Writes microseconds as milliseconds with up to three decimals.
    package mutating func member(_ name: String, milliseconds microseconds: Int64?) {
        self.name(name)
        raw(microseconds.map(Self.milliseconds) ?? "null")
    }

    /// Writes hundredths as a number with up to two decimals.
    package mutating func member(_ name: String, hundredths: Int) {
        self.name(name)
        // A pico-dollar's text with ten decimals fewer.
        let (scaled, overflow) = Int64(hundredths).multipliedReportingOverflow(by: 10_000_000_000)
        raw(overflow ? "\(hundredths / 100)" : PicoDollars(scaled).usd)
    }

    private static func milliseconds(_ microseconds: Int64) -> String {
        // A pico-dollar's text with nine decimals fewer is exact, and needs no second formatter.
        let (scaled, overflow) = microseconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? "\(microseconds / 1000)" : PicoDollars(scaled).usd
    }

    private mutating func enclosed(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONText) -> Void
    ) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
        case UInt8(ascii: "\t"): bytes += Array("\\t".utf8)
        case UInt8(ascii: "\r"): bytes += Array("\\r".utf8)
        // A terminal takes DEL for a command as it does the rest of these.
        case 0..<0x20, 0x7F: bytes += Array((byte < 16 ? "\\u000" : "\\u00").utf8) + Array(String(byte, radix: 16).utf8)
        default: bytes.append(byte)
        }
    }
}
