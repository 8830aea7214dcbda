import Dispatch
import Foundation
import Metrics
import Platform
import TestSupport
import Testing

/// What a process that is killed leaves in the journal, and what the next one makes of it.
@Suite struct JournalTests {
    private let directory = TemporaryDirectory()

    private func entries(_ count: Int) -> [LedgerEntry] {
        var ids = RecordIDGenerator(seed: 3)
        return (0..<count).map { index in
            let time = 1_795_000_000_000_000 + Int64(index) * 1000
            var entry = LedgerEntry(id: ids.next(wall: time), startedAt: time, endpoint: .chatCompletions)
            entry.deal = "deal \(index)"
            entry.cost = PicoDollars(Int64(index))
            return entry
        }
    }

    /// The data directory as a killed process would leave it whose first commit has succeeded and whose second one
    /// does not return.
    private func killed(_ entries: [LedgerEntry], perGroup: Int = 100) throws -> TemporaryDirectory {
        let isCommitted = DispatchSemaphore(value: 0)
        let goesOn = DispatchSemaphore(value: 0)
        let ledger = try Ledger(directory: directory.path, maxBytes: 64 << 20, time: SystemTime()) { _ in
            isCommitted.signal()
            goesOn.wait()
        }
        ledger.record(entries[0])
        isCommitted.wait()
        var written = 1
        for entry in entries[1...] {
            ledger.record(entry)
            written += 1
            // Now and then its own frame.
            guard written % perGroup == 0 || written == entries.count else { continue }
            let deadline = ContinuousClock.now + .patience
            while ledger.statistics.journalled < written, ContinuousClock.now < deadline { sched_yield() }
            #expect(ledger.statistics.journalled == UInt64(written))
        }
        #expect(ledger.statistics.recorded == 1)
        let other = TemporaryDirectory()
        try FileManager.default.copyItem(atPath: directory.path + "/ledger", toPath: other.path + "/ledger")
        for _ in entries { goesOn.signal() }
        return other
    }

    private func open(_ directory: TemporaryDirectory) throws -> Ledger {
        try Ledger(directory: directory.path, maxBytes: 64 << 20, time: SystemTime())
    }

    private func all(_ ledger: Ledger) throws -> [LedgerEntry] {
        var found: [LedgerEntry] = []
        try ledger.reader.forEach { entry in
            found.append(entry)
            return true
        }
        return found
    }

    @Test func `what waited behind a slow disk is there after a kill, once`() throws {
        let entries = entries(500)
        let left = try killed(entries)
        for recovered in [499, 0] {
            let ledger = try open(left)
            #expect(ledger.recovered == recovered)
            #expect(try all(ledger) == entries)
            #expect(ledger.totals.calls == 500)
            #expect(ledger.totals.cost == PicoDollars(500 * 499 / 2))
            ledger.close()
        }
    }

    @Test func `a second kill, before anything is written anew, loses nothing either`() throws {
        let entries = entries(300)
        let left = try killed(entries)
        let again = TemporaryDirectory()
        do {
            let ledger = try open(left)
            // Not closed: the files as they are after its start.
            try FileManager.default.copyItem(atPath: left.path + "/ledger", toPath: again.path + "/ledger")
            #expect(ledger.recovered == 299)
        }
        let ledger = try open(again)
        #expect(ledger.recovered == 0)
        #expect(try all(ledger) == entries)
    }

    @Test func `a frame that was cut short or damaged ends what is found, and nothing is made up`() throws {
        let entries = entries(400)
        let left = try killed(entries)
        let file = left.path + "/ledger/journal-0"
        let whole = try Data(contentsOf: URL(fileURLWithPath: file))
        var random = SeededRandom(11)
        for round in 0..<12 {
            var bytes = whole
            if round % 2 == 0 {
                bytes = bytes.prefix(random.below(whole.count))
            } else {
                bytes[random.below(40_000)] ^= 1 << UInt8(random.below(8))
            }
            let copy = TemporaryDirectory()
            try FileManager.default.copyItem(atPath: left.path + "/ledger", toPath: copy.path + "/ledger")
            try bytes.write(to: URL(fileURLWithPath: copy.path + "/ledger/journal-0"))
            let ledger = try open(copy)
            let found = try all(ledger)
            #expect(found == Array(entries[..<found.count]))
            #expect(ledger.recovered == found.count - 1)
            #expect(ledger.totals.calls == found.count)
        }
    }

    @Test func `what is written after a recovery is found by the next one`() throws {
        let entries = entries(300)
        let left = try killed(Array(entries[..<200]))
        do {
            let ledger = try open(left)
            for entry in entries[200...] { ledger.record(entry) }
            ledger.close()
        }
        let ledger = try open(left)
        #expect(ledger.recovered == 0)
        #expect(try all(ledger) == entries)
    }

    @Test func `a long time of slow commits takes turns between two files and stays in order`() throws {
        // Records of 40 KB, so that the files take turns.
        var entries = entries(200)
        for index in entries.indices { entries[index].tags["long"] = String(repeating: "x", count: 40_000) }
        let left = try killed(entries, perGroup: 20)
        let ledger = try open(left)
        #expect(try all(ledger) == entries)
    }
}
