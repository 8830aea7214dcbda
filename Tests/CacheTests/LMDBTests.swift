import Foundation
import Glibc
import LMDB
import TestSupport
import Testing

struct LMDBTests {
    private let directory = TemporaryDirectory()

    private func open(_ name: String = "store", mapBytes: Int = 16 << 20) throws -> Environment {
        try Environment(path: "\(directory.path)/\(name)", mapBytes: mapBytes, tables: 4, durability: .noSync)
    }

    /// A store with the keys 0, 10, ..., 90, each with itself as its value.
    private func tens() throws -> (Environment, Table) {
        let environment = try open()
        var transaction = try WriteTransaction(on: environment)
        let table = try transaction.openTable("tens", create: true)
        for key in stride(from: UInt8(0), to: 100, by: 10) {
            try transaction.put(table, key: [key].raw, value: [key].raw)
        }
        try transaction.commit()
        return (environment, table)
    }

    private func keys(_ environment: Environment, _ table: Table) throws -> [UInt8] {
        let transaction = try ReadTransaction(on: environment)
        var cursor = try Cursor(table, in: transaction)
        var keys: [UInt8] = []
        while try cursor.next() { keys.append(cursor.key[0]) }
        return keys
    }

    @Test func `what is committed is read by the next transaction, and what is dropped is not`() throws {
        let (environment, table) = try tens()
        do {
            var dropped = try WriteTransaction(on: environment)
            try dropped.put(table, key: [5].raw, value: [1].raw)
        }
        var reader = try ReadTransaction(on: environment)
        #expect(try reader.get(table, key: [5].raw) { $0.byteCount } == nil)
        #expect(try reader.get(table, key: [50].raw) { $0[0] } == 50)

        var writer = try WriteTransaction(on: environment)
        try writer.put(table, key: [5].raw, value: [1, 2].raw)
        #expect(try writer.get(table, key: [5].raw) { $0.byteCount } == 2)
        try writer.commit()
        #expect(try reader.get(table, key: [5].raw) { $0.byteCount } == nil, "a view stays as it was")
        reader.reset()
        try reader.renew()
        #expect(try reader.get(table, key: [5].raw) { $0.byteCount } == 2)
    }

    @Test func `a cursor goes through a range in order, either way`() throws {
        let (environment, table) = try tens()
        let transaction = try ReadTransaction(on: environment)
        var cursor = try Cursor(table, in: transaction)

        var upwards: [UInt8] = []
        var found = try cursor.seek([25].raw)
        while found, cursor.key.precedes([60].raw) {
            upwards.append(cursor.value[0])
            found = try cursor.next()
        }
        #expect(upwards == [30, 40, 50])

        var downwards: [UInt8] = []
        found = try cursor.seek(before: [60].raw)
        while found, !cursor.key.precedes([25].raw) {
            downwards.append(cursor.key[0])
            found = try cursor.previous()
        }
        #expect(downwards == [50, 40, 30])

        let before = try cursor.seek(before: [0].raw)
        let past = try cursor.seek([91].raw)
        #expect(!before && !past)
        let last = try cursor.seek(before: [255].raw)
        #expect(last && cursor.key[0] == 90)
    }

    @Test func `a range is deleted up to its end or its limit, and nothing beside it`() throws {
        let (environment, table) = try tens()
        var transaction = try WriteTransaction(on: environment)
        let deleted = try transaction.deleteRange(table, from: [20].raw, to: [50].raw)
        let limited = try transaction.deleteRange(table, from: [60].raw, to: [99].raw, limit: 2)
        #expect(deleted == 3 && limited == 2)
        try transaction.commit()
        #expect(try keys(environment, table) == [0, 10, 50, 80, 90])
    }

    @Test func `a store is opened once in a process, whatever its path is called`() throws {
        let first = try open()
        let refused = #expect(throws: StoreError.self) {
            try Environment(path: "\(directory.path)/./store", mapBytes: 1 << 20, tables: 1)
        }
        #expect(refused?.isInUse == true)
        #expect(refused?.description.hasSuffix("this process has it open already") == true)
        withExtendedLifetime(first) {}
    }

    @Test func `a closed store opens again with what it held`() throws {
        do { _ = try tens() }
        let environment = try open()
        #expect(try keys(environment, environment.openTable("tens")).count == 10)
        let missing = #expect(throws: StoreError.self) { try environment.openTable("other") }
        #expect(missing?.isAbsent == true)
    }

    @Test func `a store moved aside stays readable, and another takes its place`() throws {
        let (environment, table) = try tens()
        try environment.move(to: "\(directory.path)/aside")
        let fresh = try open()
        #expect(try keys(environment, table).count == 10)
        #expect(throws: StoreError.self) { try fresh.openTable("tens") }
        #expect(environment.path.hasSuffix("/aside"))
    }

    @Test func `a full map is an error, not a crash`() throws {
        let environment = try open(mapBytes: 1 << 20)
        var transaction = try WriteTransaction(on: environment)
        let table = try transaction.openTable("bulk", create: true)
        let value = [UInt8](repeating: 1, count: 100_000)
        var failure: StoreError?
        for key in UInt8(0)..<20 where failure == nil {
            do { try transaction.put(table, key: [key].raw, value: value.raw) } catch { failure = error }
        }
        #expect(failure?.isMapFull == true)
        #expect(failure?.description.contains("raise the store's size limit") == true)
    }

    @Test func `a file that is no store is told apart from one that cannot be reached`() throws {
        let path = "\(directory.path)/foreign"
        mkdir(path, 0o700)
        let file = fopen("\(path)/data.mdb", "w")
        fwrite([UInt8](repeating: 7, count: 8192), 1, 8192, file)
        fclose(file)
        let foreign = #expect(throws: StoreError.self) { try open("foreign") }
        #expect(foreign?.isCorrupt == true)
        let missing = #expect(throws: StoreError.self) {
            try Environment(path: "\(directory.path)/none", mapBytes: 0, tables: 1, readOnly: true)
        }
        #expect(missing?.isAbsent == true && missing?.isCorrupt == false)
    }
}

extension RawSpan {
    fileprivate subscript(offset: Int) -> UInt8 { unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
}

extension [UInt8] {
    fileprivate var raw: RawSpan {
        @_lifetime(borrow self) get { span.bytes }
    }
}

extension LMDBTests {
    @Test func `pages that were looked at are let go of, and found again`() throws {
        let environment = try open(mapBytes: 64 << 20)
        var transaction = try WriteTransaction(on: environment)
        let table = try transaction.openTable("things", create: true)
        let value = [UInt8](repeating: 7, count: 1 << 20)
        for key in UInt8(0)..<16 { try transaction.put(table, key: [key].span.bytes, value: value.span.bytes) }
        try transaction.commit()

        func sum() throws -> Int {
            let reading = try ReadTransaction(on: environment)
            var sum = 0
            for key in UInt8(0)..<16 {
                sum +=
                    try reading.get(table, key: [key].span.bytes) { bytes in
                        bytes.withUnsafeBytes { $0.reduce(0) { $0 + Int($1) } }
                    } ?? 0
            }
            return sum
        }
        #expect(try sum() == 16 * 7 << 20)
        let looked = try Self.residentKilobytes(of: environment.path)
        #expect(looked > 8000)
        environment.forgetMappedPages()
        #expect(try Self.residentKilobytes(of: environment.path) < looked / 4)
        #expect(try sum() == 16 * 7 << 20)
    }

    /// What of the store's file counts as this process's memory.
    private static func residentKilobytes(of path: String) throws -> Int {
        // Read to its end: the file has no size.
        let handle = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        let text = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        let maps = text.split(separator: "\n")
        let start = try #require(maps.firstIndex { $0.hasSuffix(path + "/data.mdb") })
        let line = try #require(maps[start...].first { $0.hasPrefix("Rss:") })
        return try #require(Int(line.filter(\.isNumber)))
    }
}
