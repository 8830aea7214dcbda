/// What is known of a stored answer beside its bytes.
package struct CacheEntryHead: Sendable, Equatable {
    /// The form in which the answer came.
    package enum Kind: UInt8, Sendable {
        /// One JSON body.
        case json = 0
        /// The events of a stream, as they came.
        case events = 1
    }

    /// Tokens of the call that was paid for, in disjoint buckets; reasoning is part of the output.
    package struct Counts: Sendable, Equatable {
        package var uncachedInput: Int
        package var cachedInput: Int
        package var cacheWrite: Int
        package var output: Int
        package var reasoning: Int

        package init(uncachedInput: Int, cachedInput: Int, cacheWrite: Int, output: Int, reasoning: Int) {
            self.uncachedInput = uncachedInput
            self.cachedInput = cachedInput
            self.cacheWrite = cacheWrite
            self.output = output
            self.reasoning = reasoning
        }
    }

    package var kind: Kind
    /// Microseconds since 1970, both.
    package var storedAt: Int64
    package var expiresAt: Int64
    /// Nil when the answer stated none.
    package var counts: Counts?
    /// What the call cost in pico-dollars; nil when its price is not known.
    package var cost: Int64?
    package var model: String
    package var provider: String
    /// The deal that paid for it.
    package var deal: String?

    package init(
        kind: Kind, storedAt: Int64, expiresAt: Int64, counts: Counts?, cost: Int64?, model: String, provider: String,
        deal: String?
    ) {
        self.kind = kind
        self.storedAt = storedAt
        self.expiresAt = expiresAt
        self.counts = counts
        self.cost = cost
        self.model = model
        self.provider = provider
        self.deal = deal
    }
}

/// How an entry lies in the store: little-endian, a version first, so that a later layout can be told from this one.
///
/// ```
/// 0 version  1 kind  2 flags  3 -  4 model bytes  6 provider bytes  8 deal bytes  10 -  12 body bytes
/// 16 checksum of all the rest, and of the key  24 stored at  32 expires at  40 cost  48 five token counts
/// 88 model, provider, deal, body
/// ```
///
/// What is not exactly that reads as absent: torn, of another version, or another key's.
enum CacheRecord {
    static let version: UInt8 = 1
    private static let headBytes = 88
    private static let hasCounts: UInt8 = 1
    private static let hasCost: UInt8 = 2
    private static let hasDeal: UInt8 = 4

    static func encode(_ head: CacheEntryHead, body: RawSpan, for key: CacheKey) -> [UInt8] {
        let model = Array(head.model.utf8.prefix(Int(UInt16.max)))
        let provider = Array(head.provider.utf8.prefix(Int(UInt16.max)))
        let deal = Array((head.deal ?? "").utf8.prefix(Int(UInt16.max)))
        let total = headBytes + model.count + provider.count + deal.count + body.byteCount
        var record = [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let record = UnsafeMutableRawBufferPointer(buffer)
            func store<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
                record.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
            }
            var flags: UInt8 = 0
            if head.counts != nil { flags |= hasCounts }
            if head.cost != nil { flags |= hasCost }
            if head.deal != nil { flags |= hasDeal }
            store(UInt32(version) | UInt32(head.kind.rawValue) << 8 | UInt32(flags) << 16, at: 0)
            store(UInt16(model.count), at: 4)
            store(UInt16(provider.count), at: 6)
            store(UInt32(deal.count), at: 8)
            store(UInt32(truncatingIfNeeded: body.byteCount), at: 12)
            store(head.storedAt, at: 24)
            store(head.expiresAt, at: 32)
            store(head.cost ?? 0, at: 40)
            let counts = head.counts
            store(Int64(counts?.uncachedInput ?? 0), at: 48)
            store(Int64(counts?.cachedInput ?? 0), at: 56)
            store(Int64(counts?.cacheWrite ?? 0), at: 64)
            store(Int64(counts?.output ?? 0), at: 72)
            store(Int64(counts?.reasoning ?? 0), at: 80)
            var offset = headBytes
            for part in [model, provider, deal] {
                UnsafeMutableRawBufferPointer(rebasing: record[offset...]).copyBytes(from: part)
                offset += part.count
            }
            body.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: record[offset...]).copyMemory(from: $0) }
            store(UInt64(0), at: 16)
            count = total
        }
        var sum = checksum(of: record.span.bytes, for: key).littleEndian
        withUnsafeBytes(of: &sum) { record.replaceSubrange(16..<24, with: $0) }
        return record
    }

    /// Reads a record's head, and lends its body; nil for one that is foreign, damaged, or of another version.
    static func decode<Result>(
        _ record: RawSpan, for key: CacheKey, _ body: (CacheEntryHead, RawSpan) -> Result
    ) -> Result? {
        guard record.byteCount >= headBytes, record.number(at: 0, as: UInt8.self) == version,
            let kind = CacheEntryHead.Kind(rawValue: record.number(at: 1, as: UInt8.self))
        else { return nil }
        let flags = record.number(at: 2, as: UInt8.self)
        let modelEnd = headBytes + Int(record.number(at: 4, as: UInt16.self))
        let providerEnd = modelEnd + Int(record.number(at: 6, as: UInt16.self))
        let dealEnd = providerEnd + Int(record.number(at: 8, as: UInt32.self))
        guard dealEnd + Int(record.number(at: 12, as: UInt32.self)) == record.byteCount,
            record.number(at: 16, as: UInt64.self) == checksum(of: record, for: key)
        else { return nil }
        func count(_ offset: Int) -> Int { max(Int(record.number(at: offset, as: Int64.self)), 0) }
        let head = CacheEntryHead(
            kind: kind, storedAt: record.number(at: 24, as: Int64.self),
            expiresAt: record.number(at: 32, as: Int64.self),
            counts: flags & hasCounts == 0
                ? nil
                : .init(
                    uncachedInput: count(48), cachedInput: count(56), cacheWrite: count(64), output: count(72),
                    reasoning: count(80)),
            cost: flags & hasCost == 0 ? nil : record.number(at: 40, as: Int64.self),
            model: record.text(headBytes..<modelEnd), provider: record.text(modelEnd..<providerEnd),
            deal: flags & hasDeal == 0 ? nil : record.text(providerEnd..<dealEnd))
        return body(head, record.extracting(dealEnd..<record.byteCount))
    }

    /// When a record expires, without reading the rest.
    static func expiry(of record: RawSpan) -> Int64? {
        record.byteCount >= headBytes ? record.number(at: 32, as: Int64.self) : nil
    }

    /// The words before the checksum seed it, with the key.
    private static func checksum(of record: RawSpan, for key: CacheKey) -> UInt64 {
        let before = record.number(at: 0, as: UInt64.self) &* 31 ^ record.number(at: 8, as: UInt64.self)
        return Checksum.of(record.extracting(24..<record.byteCount), seed: key.seed ^ before)
    }
}

extension RawSpan {
    /// A little-endian number; the caller has checked that it lies within.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= byteCount, "a number beyond the record")
        return Number(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    fileprivate func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
