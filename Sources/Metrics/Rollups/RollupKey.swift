/// Under what the calls of an hour are added up: all that have the task, the model, the provider and the arm.
struct HourKey: Hashable {
    /// Hours since 1970.
    var hour: UInt32
    var task: UInt8
    var arm: UInt8
    var provider: NameTable.Name
    var model: NameTable.Name

    static let microseconds: Int64 = 3_600_000_000

    static func hour(of time: Int64) -> UInt32 { UInt32(clamping: time / microseconds) }
}

/// Under what the calls of a day (UTC) are added up: all that have the deal and the cycle.
struct DealKey: Hashable {
    /// Days since 1970.
    var day: UInt32
    var deal: NameTable.Name
    var cycle: NameTable.Name

    static let microseconds: Int64 = 86_400_000_000

    static func day(of time: Int64) -> UInt32 { UInt32(clamping: time / microseconds) }
}

// MARK: - As stored: big-endian, so that they lie in the order of time; a name is its length and 1, then its bytes

extension HourKey {
    func bytes(names: NameTable) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(hour)
        bytes += [task, arm]
        bytes.append(name: provider, names)
        bytes.append(name: model, names)
        return bytes
    }

    init(stored: RawSpan, names: inout NameTable) throws(DamagedRecord) {
        guard stored.byteCount >= 6 else { throw DamagedRecord() }
        hour = UInt32(bigEndian: stored.unsafeLoadUnaligned(as: UInt32.self))
        task = stored.byte(at: 4)
        arm = stored.byte(at: 5)
        var position = 6
        provider = try stored.takeName(at: &position, &names)
        model = try stored.takeName(at: &position, &names)
    }
}

extension DealKey {
    func bytes(names: NameTable) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(day)
        bytes.append(name: deal, names)
        bytes.append(name: cycle, names)
        return bytes
    }

    init(stored: RawSpan, names: inout NameTable) throws(DamagedRecord) {
        guard stored.byteCount >= 4 else { throw DamagedRecord() }
        day = UInt32(bigEndian: stored.unsafeLoadUnaligned(as: UInt32.self))
        var position = 4
        deal = try stored.takeName(at: &position, &names)
        cycle = try stored.takeName(at: &position, &names)
    }
}

/// A name in a stored key: nothing, one that was not told apart, or up to so many bytes.
enum StoredName {
    /// Two of them and the rest of a key fit into LMDB's 511 bytes.
    static let limitBytes = 240
    fileprivate static let other: UInt8 = 255

    /// The name under which a deal's or another's calls are kept.
    static func name(_ text: String, _ names: inout NameTable) -> NameTable.Name {
        let bytes = Array(text.utf8.prefix(limitBytes))
        return names.name(bytes.span.bytes)
    }

    /// The name under which a text is kept, cut where it is too long for a key.
    static func name(_ text: CallFacts.Text?, of record: RawSpan, _ names: inout NameTable) -> NameTable.Name {
        names.name(text.map { $0.lowerBound..<min($0.upperBound, $0.lowerBound + limitBytes) }, of: record)
    }
}

extension [UInt8] {
    mutating func appendBigEndian(_ number: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func append(name: NameTable.Name, _ names: NameTable) {
        guard name != .none, name != .other else { return append(name == .none ? 0 : StoredName.other) }
        names.withBytes(name) { bytes in
            append(UInt8(bytes.byteCount + 1))
            bytes.withUnsafeBytes { append(contentsOf: $0) }
        }
    }
}

extension RawSpan {
    func begins(with prefix: ArraySlice<UInt8>) -> Bool {
        guard byteCount >= prefix.count else { return false }
        for offset in 0..<prefix.count where byte(at: offset) != prefix[prefix.startIndex &+ offset] { return false }
        return true
    }

    fileprivate func takeName(at position: inout Int, _ names: inout NameTable) throws(DamagedRecord) -> NameTable.Name
    {
        guard position < byteCount else { throw DamagedRecord() }
        let length = byte(at: position)
        position += 1
        guard length > 0 else { return .none }
        guard length != StoredName.other else { return .other }
        let end = position + Int(length) - 1
        guard end <= byteCount else { throw DamagedRecord() }
        defer { position = end }
        return names.name(extracting(position..<end))
    }
}
