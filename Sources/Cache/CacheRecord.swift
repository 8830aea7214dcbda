import Platform

/// How an entry lies in the store: little-endian, a version first, so that a later layout can be told from this one.
///
/// ```
///   0 version  1 kind  2 flags  4 bytes of the head  8 bytes of the body  12 tags  13 parts  14 -
///  16 checksum of the head, from 24 on  24 checksum of the body  32 key  64 stored at  72 expires at  80 cost
///  88 five token counts of four bytes
/// 108 texts, each a length of two bytes and so many: model, provider, endpoint, task, deal, tenant, then each tag's
///     name and value
///   … parts of the key, eight bytes each, to the end of the head
///   … the body
/// ```
///
/// A record holds its whole key, since it is found by a part of it. The head has a checksum of its own, so that what
/// looks at many entries need not touch their bodies. What is not exactly that reads as absent.
struct CacheRecord: ~Escapable {
    static let version: UInt8 = 2
    private static let fixedBytes = 108
    private static let hasCounts: UInt16 = 1
    private static let hasCost: UInt16 = 2
    private static let hasTask: UInt16 = 4
    private static let hasDeal: UInt16 = 8
    private static let hasTenant: UInt16 = 16

    private let bytes: RawSpan
    private let headBytes: Int

    /// Nil for what is no record of this version, as far as its lengths tell: what they lead to lies within.
    @_lifetime(copy bytes)
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= Self.fixedBytes, bytes.number(at: 0, as: UInt8.self) == Self.version else {
            return nil
        }
        headBytes = Int(bytes.number(at: 4, as: UInt32.self))
        guard headBytes >= Self.fixedBytes,
            headBytes + Int(bytes.number(at: 8, as: UInt32.self)) == bytes.byteCount
        else { return nil }
        self.bytes = bytes
        let textsEnd = headBytes - 8 * partCount
        var offset = Self.fixedBytes
        for _ in 0..<(Text.allCases.count + 2 * tagCount) {
            guard offset + 2 <= textsEnd else { return nil }
            offset += 2 + Int(bytes.number(at: offset, as: UInt16.self))
        }
        guard offset == textsEnd else { return nil }
    }

    // MARK: Whether it is what was written

    /// Whether it is the entry of that key, and not another's that is found by the same part of it.
    func belongs(to key: CacheKey) -> Bool { self.key == key }

    var isHeadSound: Bool { bytes.number(at: 16, as: UInt64.self) == Self.headChecksum(bytes, headBytes) }

    var isBodySound: Bool { bytes.number(at: 24, as: UInt64.self) == Checksum.of(body, seed: key.seed) }

    private static func headChecksum(_ bytes: RawSpan, _ headBytes: Int) -> UInt64 {
        let before = bytes.number(at: 0, as: UInt64.self) &* 31 ^ bytes.number(at: 8, as: UInt64.self)
        return Checksum.of(bytes.extracting(24..<headBytes), seed: before)
    }

    // MARK: What it says

    var key: CacheKey {
        guard let key = CacheKey(bytes: bytes.extracting(32..<64)) else { preconditionFailure("32 bytes are a key") }
        return key
    }
    /// Microseconds since 1970, both.
    var storedAt: Int64 { bytes.number(at: 64, as: Int64.self) }
    var expiresAt: Int64 { bytes.number(at: 72, as: Int64.self) }
    var byteCount: Int { bytes.byteCount }

    var body: RawSpan {
        @_lifetime(copy self) get { bytes.extracting(headBytes..<bytes.byteCount) }
    }

    /// Nil for a kind of answer that this version does not know.
    var head: CacheEntryHead? {
        guard let kind = CacheEntryHead.Kind(rawValue: bytes.number(at: 1, as: UInt8.self)) else { return nil }
        func count(_ offset: Int) -> Int { Int(bytes.number(at: offset, as: UInt32.self)) }
        return CacheEntryHead(
            kind: kind, storedAt: storedAt, expiresAt: expiresAt,
            counts: flags & Self.hasCounts == 0
                ? nil
                : .init(
                    uncachedInput: count(88), cachedInput: count(92), cacheWrite: count(96), output: count(100),
                    reasoning: count(104)),
            cost: flags & Self.hasCost == 0 ? nil : bytes.number(at: 80, as: Int64.self),
            model: text(.model), provider: text(.provider))
    }

    var origin: CacheEntryOrigin {
        var tags: [String: String] = [:]
        for tag in 0..<tagCount {
            tags[text(Text.allCases.count + 2 * tag)] = text(Text.allCases.count + 2 * tag + 1)
        }
        return CacheEntryOrigin(
            endpoint: text(.endpoint), task: flags & Self.hasTask == 0 ? nil : text(.task),
            deal: flags & Self.hasDeal == 0 ? nil : text(.deal), tags: tags,
            tenant: flags & Self.hasTenant == 0 ? nil : text(.tenant), parts: parts)
    }

    var parts: CacheKeyParts {
        let start = headBytes - 8 * partCount
        return CacheKeyParts(words: (0..<partCount).map { bytes.number(at: start + 8 * $0, as: UInt64.self) })
    }

    /// How many parts of its key another's does not have or has otherwise, and the reverse; what differs counts once.
    func distance(to other: CacheKeyParts) -> Int {
        let start = headBytes - 8 * partCount
        var mine = 0
        var theirs = 0
        var distance = 0
        while mine < partCount || theirs < other.words.count {
            let left = mine < partCount ? bytes.number(at: start + 8 * mine, as: UInt64.self) : .max
            let right = theirs < other.words.count ? other.words[theirs] : .max
            if left != right { distance += 1 }
            if left >> 32 <= right >> 32 { mine += 1 }
            if right >> 32 <= left >> 32 { theirs += 1 }
        }
        return distance
    }

    /// Whether it is one of those that are meant.
    func matches(_ filter: CacheFilter) -> Bool {
        if let model = filter.model, !equals(range(of: Text.model.rawValue), model) { return false }
        if let deal = filter.deal {
            guard flags & Self.hasDeal != 0, equals(range(of: Text.deal.rawValue), deal) else { return false }
        }
        guard let tag = filter.tag else { return true }
        for index in 0..<tagCount where equals(range(of: Text.allCases.count + 2 * index), tag.name) {
            guard let value = tag.value else { return true }
            return equals(range(of: Text.allCases.count + 2 * index + 1), value)
        }
        return false
    }

    private var flags: UInt16 { bytes.number(at: 2, as: UInt16.self) }
    private var tagCount: Int { Int(bytes.number(at: 12, as: UInt8.self)) }
    private var partCount: Int { Int(bytes.number(at: 13, as: UInt8.self)) }

    // MARK: Texts

    private enum Text: Int, CaseIterable { case model, provider, endpoint, task, deal, tenant }

    /// Where the text of that place stands; `init` has seen to it that it lies within.
    private func range(of place: Int) -> Range<Int> {
        var offset = Self.fixedBytes
        for _ in 0..<place { offset += 2 + Int(bytes.number(at: offset, as: UInt16.self)) }
        return offset + 2..<offset + 2 + Int(bytes.number(at: offset, as: UInt16.self))
    }

    private func text(_ place: Text) -> String { text(place.rawValue) }

    private func text(_ place: Int) -> String {
        bytes.extracting(range(of: place)).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    private func equals(_ range: Range<Int>, _ text: String) -> Bool {
        bytes.extracting(range).withUnsafeBytes { $0.elementsEqual(text.utf8) }
    }

    // MARK: Writing

    /// The bytes of a record; texts longer than 65,535 bytes and tags beyond 255 are cut.
    static func encode(_ head: CacheEntryHead, _ origin: CacheEntryOrigin, body: RawSpan, for key: CacheKey) -> [UInt8]
    {
        let tags = origin.tags.sorted { $0.key < $1.key }.prefix(255)
        let texts =
            [head.model, head.provider, origin.endpoint, origin.task ?? "", origin.deal ?? ""]
            + [origin.tenant ?? ""] + tags.flatMap { [$0.key, $0.value] }
        let parts = origin.parts.words.prefix(255)
        let headBytes = fixedBytes + texts.reduce(0) { $0 + 2 + min($1.utf8.count, 65_535) } + 8 * parts.count
        let total = headBytes + body.byteCount
        return [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let record = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<total])
            func store<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
                record.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
            }
            var flags: UInt16 = 0
            if head.counts != nil { flags |= hasCounts }
            if head.cost != nil { flags |= hasCost }
            if origin.task != nil { flags |= hasTask }
            if origin.deal != nil { flags |= hasDeal }
            if origin.tenant != nil { flags |= hasTenant }
            store(UInt32(version) | UInt32(head.kind.rawValue) << 8 | UInt32(flags) << 16, at: 0)
            store(UInt32(truncatingIfNeeded: headBytes), at: 4)
            store(UInt32(truncatingIfNeeded: body.byteCount), at: 8)
            store(UInt32(tags.count) | UInt32(parts.count) << 8, at: 12)
            store(Checksum.of(body, seed: key.seed), at: 24)
            key.withBytes { key in
                key.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: record[32..<64]).copyMemory(from: $0) }
            }
            store(head.storedAt, at: 64)
            store(head.expiresAt, at: 72)
            store(head.cost ?? 0, at: 80)
            let counts = head.counts
            store(UInt32(clamping: counts?.uncachedInput ?? 0), at: 88)
            store(UInt32(clamping: counts?.cachedInput ?? 0), at: 92)
            store(UInt32(clamping: counts?.cacheWrite ?? 0), at: 96)
            store(UInt32(clamping: counts?.output ?? 0), at: 100)
            store(UInt32(clamping: counts?.reasoning ?? 0), at: 104)
            var offset = fixedBytes
            for text in texts {
                let length = min(text.utf8.count, 65_535)
                store(UInt16(length), at: offset)
                UnsafeMutableRawBufferPointer(rebasing: record[(offset + 2)..<(offset + 2 + length)])
                    .copyBytes(from: text.utf8.prefix(length))
                offset += 2 + length
            }
            for part in parts {
                store(part, at: offset)
                offset += 8
            }
            body.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: record[offset...]).copyMemory(from: $0) }
            store(headChecksum(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(record)), headBytes), at: 16)
            count = total
        }
    }
}

/// Which entries are meant; what is nil does not matter.
package struct CacheFilter: Sendable, Equatable {
    /// A tag by its name, with its value or with any.
    package struct Tag: Sendable, Equatable {
        package let name: String
        package let value: String?

        /// Reads `name` or `name=value`; nil for neither.
        package init?(_ text: String) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, !first.isEmpty else { return nil }
            name = first.lowercased()
            value = parts.count > 1 ? String(parts[1]) : nil
        }
    }

    package var deal: String?
    package var model: String?
    package var tag: Tag?

    package init(deal: String? = nil, model: String? = nil, tag: Tag? = nil) {
        self.deal = deal
        self.model = model
        self.tag = tag
    }

    /// Whether it means every entry.
    package var isEmpty: Bool { self == CacheFilter() }
}

extension RawSpan {
    /// A little-endian number; the caller has checked that it lies within.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= byteCount, "a number beyond the record")
        return Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }
}
