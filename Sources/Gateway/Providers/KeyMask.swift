import HTTP

/// Hides a provider's key of ours wherever the provider quotes it.
struct KeyMask: Sendable {
    /// Empty when there is nothing to hide.
    private let key: [UInt8]

    /// Keys shorter than this are words that may stand anywhere, and no secret that a provider gave.
    private static let leastBytes = 8

    /// Hides nothing.
    static let none = KeyMask(nil)

    init(_ key: Secret?) {
        let bytes = key.map { Array($0.value.utf8) } ?? []
        self.key = bytes.count >= Self.leastBytes ? bytes : []
    }

    var isEmpty: Bool { key.isEmpty }

    /// Overwrites every whole key in `bytes`.
    ///
    /// - Returns: How many of them can be passed on: all but an end with which a key may begin.
    func apply(to bytes: inout ByteBuffer) -> Int {
        guard !key.isEmpty else { return bytes.count }
        bytes.overwrite(occurrencesOf: key, with: UInt8(ascii: "*"))
        var length = min(key.count - 1, bytes.count)
        while length > 0, !bytes.bytes.suffix(length).elementsEqual(key.prefix(length)) { length -= 1 }
        return bytes.count - length
    }
}
