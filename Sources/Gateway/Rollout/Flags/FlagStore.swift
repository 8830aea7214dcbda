import Glibc
import LMDB

/// The flags that were set while the gateway ran, and the log of their changes: in a small store of their own in the data
/// directory, so that both outlast a restart.
struct FlagStore: Sendable {
    private static let folder = "flags"
    /// More than the log, which is bounded, ever takes.
    private static let mapBytes = 64 << 20
    /// Changes that are kept, the latest.
    static let auditLimit = 10_000

    private let environment: Environment
    private let flags: Table
    private let audit: Table

    /// Opens the store in a data directory, or makes it there.
    init(directory: String) throws(StoreError) {
        environment = try Environment(
            path: "\(directory)/\(Self.folder)", mapBytes: Self.mapBytes, tables: 2, durability: .full)
        try environment.checkStaleReaders()
        var transaction = try WriteTransaction(on: environment)
        flags = try transaction.openTable("flags", create: true)
        audit = try transaction.openTable("audit", create: true)
        try transaction.commit()
    }

    /// Opens an existing one to read, beside a running gateway or without one.
    private init(reading directory: String) throws(StoreError) {
        environment = try Environment(
            path: "\(directory)/\(Self.folder)", mapBytes: 0, tables: 2, readOnly: true)
        flags = try environment.openTable("flags")
        audit = try environment.openTable("audit")
    }

    /// The flags that a data directory keeps, as another process may have set them; none where it keeps none.
    static func flags(in directory: String) throws(StoreError) -> [RolloutFlag: StoredFlag] {
        do throws(StoreError) { return try FlagStore(reading: directory).stored() } catch {
            if error.isAbsent { return [:] }
            throw error
        }
    }

    /// Every flag that was set and not deleted since.
    func stored() throws(StoreError) -> [RolloutFlag: StoredFlag] {
        let transaction = try ReadTransaction(on: environment)
        var found: [RolloutFlag: StoredFlag] = [:]
        for flag in RolloutFlag.allCases {
            let json = try transaction.get(flags, key: flag.key.span.bytes) { $0.withUnsafeBytes { Array($0) } }
            guard let json else { continue }
            guard let value = StoredFlag(json: json) else {
                throw StoreError(
                    "read the flag '\(flag.rawValue)'", EILSEQ, path: environment.path,
                    detail: "it is damaged; move the directory aside to have the configuration decide alone")
            }
            found[flag] = value
        }
        return found
    }

    /// Keeps some changes, all or none, with what is stored of their flags from now on; both are on the disk on return.
    ///
    /// - Parameter stored: The new values; a flag of `changes` that is not among them is the configuration's again.
    func keep(_ changes: [FlagChange], stored: [RolloutFlag: StoredFlag]) throws(StoreError) {
        var transaction = try WriteTransaction(on: environment)
        var number = try Self.lastNumber(of: audit, in: transaction)
        for change in changes {
            if let value = stored[change.flag] {
                try transaction.put(flags, key: change.flag.key.span.bytes, value: value.json.span.bytes)
            } else {
                try transaction.delete(flags, key: change.flag.key.span.bytes)
            }
            number += 1
            try transaction.put(audit, key: Self.key(number).span.bytes, value: change.json.span.bytes)
        }
        if number > Self.auditLimit {
            _ = try transaction.deleteRange(
                audit, from: Self.key(0).span.bytes, to: Self.key(number - UInt64(Self.auditLimit) + 1).span.bytes)
        }
        try transaction.commit()
    }

    /// The latest changes as JSON objects, newest first.
    ///
    /// - Parameter flag: Of which; nil: of all.
    func changes(of flag: RolloutFlag?, limit: Int) throws(StoreError) -> [[UInt8]] {
        let transaction = try ReadTransaction(on: environment)
        var cursor = try Cursor(audit, in: transaction)
        var found: [[UInt8]] = []
        var isThere = try cursor.last()
        while isThere, found.count < limit {
            let json = cursor.value.withUnsafeBytes { Array($0) }
            if flag == nil || Self.flag(of: json) == flag { found.append(json) }
            isThere = try cursor.previous()
        }
        return found
    }

    private static func flag(of json: [UInt8]) -> RolloutFlag? {
        guard case .string(let name)? = JSON5Parser.parse(json).root?["flag"]?.value else { return nil }
        return RolloutFlag(rawValue: name)
    }

    private static func lastNumber(
        of audit: Table, in transaction: borrowing WriteTransaction
    ) throws(StoreError) -> UInt64 {
        var cursor = try Cursor(audit, in: transaction)
        guard try cursor.last(), cursor.key.byteCount == 8 else { return 0 }
        return UInt64(bigEndian: cursor.key.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) })
    }

    /// In the order of numbers.
    private static func key(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}

extension RolloutFlag {
    fileprivate var key: [UInt8] { Array(rawValue.utf8) }
}
