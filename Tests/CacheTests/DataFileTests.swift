import Glibc
import LMDB
import TestSupport
import Testing

struct DataFileTests {
    private let directory = TemporaryDirectory()

    /// A store with a history: two tables, values from nothing to many pages, some deleted again.
    private func makeStore(changes: Int, seed: UInt64) throws {
        let environment = try Environment(
            path: directory.path, mapBytes: 64 << 20, tables: 2, durability: .noSync)
        var generator = SeededRandom(seed)
        for _ in 0..<changes {
            var transaction = try WriteTransaction(on: environment)
            for name in ["one", "two"] {
                let table = try transaction.openTable(name, create: true)
                for _ in 0..<20 {
                    let key = [UInt16.random(in: 0..<400, using: &generator)]
                    if Bool.random(using: &generator) {
                        let value = noise(1 << Int.random(in: 0...15, using: &generator))
                        try transaction.put(table, key: key.span.bytes, value: value.span.bytes)
                    } else {
                        try transaction.delete(table, key: key.span.bytes)
                    }
                }
            }
            try transaction.commit()
        }
    }

    @Test func `every store that LMDB leaves is sound`() throws {
        try DataFile.verify(in: directory.path)
        for seed in 1...UInt64(12) {
            try makeStore(changes: Int(seed) * 3, seed: seed)
            try DataFile.verify(in: directory.path)
        }
    }

    @Test func `one byte changed in any page of a tree is either found or can be read without harm`() throws {
        try makeStore(changes: 30, seed: 5)
        let path = "\(directory.path)/data.mdb"
        let whole = bytes(of: path)
        var generator = SeededRandom(11)
        var found = 0
        for _ in 0..<400 {
            // The first 64 bytes of a page hold its header and its first nodes' places.
            let page = Int.random(in: 0..<(whole.count / 4096), using: &generator)
            let offset = page * 4096 + Int.random(in: 0..<64, using: &generator)
            overwrite(path, with: [whole[offset] ^ UInt8.random(in: 1...255, using: &generator)], at: offset)
            do {
                try DataFile.verify(in: directory.path)
                try readAll()
            } catch let error as StoreError where error.isCorrupt { found += 1 }
            overwrite(path, with: [whole[offset]], at: offset)
        }
        #expect(found > 20)
        try DataFile.verify(in: directory.path)
    }

    private func readAll() throws {
        let environment = try Environment(path: directory.path, mapBytes: 0, tables: 2, durability: .noSync)
        for name in ["one", "two"] {
            guard let table = try? environment.openTable(name) else { continue }
            let transaction = try ReadTransaction(on: environment)
            var cursor = try Cursor(table, in: transaction)
            var sum = 0
            while try cursor.next() { sum += cursor.value.byteCount }
            #expect(sum >= 0)
        }
    }
}
