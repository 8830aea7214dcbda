import HTTP

/// Hides a provider's keys of ours wherever the provider quotes them.
struct KeyMask: Sendable {
    /// Empty when there is nothing to hide.
    private let keys: [[UInt8]]

    /// Keys shorter than this are words that may stand anywhere, and no secret that a provider gave.
    private static let leastBytes = 8

    /// Hides nothing.
    static let none = KeyMask([])

    init(_ keys: [Secret]) {
        self.keys = keys.map { Array($0.value.utf8) }.filter { $0.count >= Self.leastBytes }
    }

    var isEmpty: Bool { keys.isEmpty }

    /// Overwrites every whole key in `bytes`.
    ///
    /// - Returns: How many of them can be passed on: all but an end with which a key may begin.
    func apply(to bytes: inout ByteBuffer) -> Int {
        for key in keys { bytes.overwrite(occurrencesOf: key, with: UInt8(ascii: "*")) }
        var held = 0
        for key in keys {
            var length = min(key.count - 1, bytes.count)
            while length > held, !bytes.bytes.suffix(length).elementsEqual(key.prefix(length)) { length -= 1 }
            held = max(held, length)
        }
        return bytes.count - held
    }
}
