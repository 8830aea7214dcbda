import Foundation
import LMDB
import Metrics
import Platform
import TestSupport
import Testing

/// That what records add up to is kept with them, and stays right whatever happens.
@Suite struct RollupTests {
    private let directory = TemporaryDirectory()
    private static let start: Int64 = 1_795_478_400_000_000  // 2026-11-24T00:00:00Z

    private func open(retentionDays: Int? = nil, time: any TimeSource = SystemTime()) throws -> Ledger {
        try Ledger(directory: directory.path, maxBytes: 256 << 20, retentionDays: retentionDays, time: time)
    }

    /// Calls of all kinds over three days, out of order as they are when some take longer.
    private func calls(_ count: Int, seed: UInt64 = 1) -> [LedgerEntry] {
        var random = Random(seed: seed)
        var ids = RecordIDGenerator(seed: seed)
        return (0..<count).map { index in
            let time = Self.start + Int64(index) * 3 * 86_400_000_000 / Int64(count)
            var entry = LedgerEntry.random(using: &random)
            entry = entry.with(id: ids.next(wall: time), startedAt: time)
            // Sums stop at the ends of their range, and then depend on the order.
            entry.limitAmounts()
            entry.deal = random.chance(4) ? nil : "deal \(random.next(upTo: 20))"
            entry.model = random.chance(9) ? nil : "model \(random.next(upTo: 4))"
            entry.provider = "provider \(random.next(upTo: 2))"
            return entry
        }.shuffled(using: &random)
    }

    private func write(_ entries: [LedgerEntry]) throws {
        let ledger = try open()
        for entry in entries { ledger.record(entry) }
        ledger.close()
        #expect(ledger.statistics.failures == 0, "\(ledger.statistics.lastError ?? "")")
    }

    private func verify() throws -> LedgerVerification { try LedgerReader(directory: directory.path).verify() }

    @Test func `sums are what the records add up to`() throws {
        try write(calls(1200))
        try write(calls(400, seed: 2))
        let found = try verify()
        #expect(found.isSound, "\(found.problems)")
        #expect(found.records == 1600)
        #expect(found.statedCalls == 1600)
        #expect(found.sums > 300)
        #expect(found.journalRecords == 0)
    }

    @Test func `what a deal has cost is read off the sums`() throws {
        let entries = calls(600)
        try write(entries)
        let reader = try LedgerReader(directory: directory.path)
        for number in 0..<21 {
            let deal = "deal \(number)"
            let cost = entries.filter { $0.deal == deal }.reduce(PicoDollars.zero) { $0 + ($1.cost ?? .zero) }
            #expect(reader.cost(ofDeal: deal) == cost)
        }
        #expect(reader.cost(ofDeal: "deal") == .zero)
    }

    @Test func `a record or a sum that was changed behind its back is found`() throws {
        let entries = calls(200)
        try write(entries)
        let key = entries[7].id.bytes
        try change { transaction in
            let table = try transaction.openTable("calls", create: false)
            var bytes: [UInt8] = []
            _ = try transaction.get(table, key: key.span.bytes) { stored in
                stored.withUnsafeBytes { bytes = Array($0) }
            }
            bytes[bytes.count / 2] ^= 1
            try transaction.put(table, key: key.span.bytes, value: bytes.span.bytes)
        }
        var found = try verify()
        #expect(!found.isSound)
        #expect(found.damagedRecords == 1)
        #expect(found.damagedIDs == [entries[7].id])
        #expect(found.wrongSums > 0)
        try change { transaction in
            let table = try transaction.openTable("calls", create: false)
            try transaction.delete(table, key: key.span.bytes)
        }
        found = try verify()
        #expect(found.damagedRecords == 0)
        #expect(found.wrongSums > 0)
        #expect(!found.totalsAgree)
        #expect(found.statedCalls == 200 && found.records == 199)
    }

    @Test func `sums of a day without records are found`() throws {
        let entries = calls(50)
        try write(entries)
        try change { transaction in
            let table = try transaction.openTable("calls", create: false)
            for entry in entries where entry.startedAt < Self.start + 86_400_000_000 {
                try transaction.delete(table, key: entry.id.bytes.span.bytes)
            }
        }
        #expect(try verify().problems.contains { $0.contains("no records") })
    }

    private func change(_ body: (inout WriteTransaction) throws -> Void) throws {
        let environment = try Environment(path: directory.path + "/ledger", mapBytes: 512 << 20, tables: 6)
        var transaction = try WriteTransaction(on: environment)
        try body(&transaction)
        try transaction.commit()
    }

    @Test func `three thousand models and errors in an hour leave sums of bounded number`() throws {
        var ids = RecordIDGenerator(seed: 9)
        let entries = (0..<3000).map { index in
            let time = Self.start + Int64(index)
            var entry = LedgerEntry(id: ids.next(wall: time), startedAt: time, endpoint: .chatCompletions)
            entry.model = "made-up model \(index)"
            entry.provider = "openai"
            entry.errorCode = "code \(index)"
            entry.requestedModel = entry.model
            entry.tags["number"] = "\(index)"
            return entry
        }
        try write(entries)
        let found = try verify()
        #expect(found.isSound, "\(found.problems)")
        // Five hundred models, the others, and one deal.
        #expect(found.sums == 502)
    }

    @Test func `what the first version wrote is taken over, with its sums`() throws {
        let entries = (0..<5000).map { index in
            let time = Self.start + Int64(index) * 1_000_000
            return LedgerEntry.full.with(id: RecordID(notBefore: time), startedAt: LedgerEntry.full.startedAt)
        }
        let environment = { try Environment(path: directory.path + "/ledger", mapBytes: 64 << 20, tables: 2) }
        for part in [entries[..<4500], entries[4500...]] {
            do {
                let environment = try environment()
                var transaction = try WriteTransaction(on: environment)
                let records = try transaction.openTable("records", create: true)
                let record = LedgerRecordTests.versionOneBytes
                for entry in part {
                    try transaction.put(
                        records, key: entry.id.bytes.span.bytes, value: record.span.bytes)
                }
                try transaction.commit()
            }
            // As after an upgrade, and again after a downgrade and another upgrade.
            try open().close()
        }
        let reader = try LedgerReader(directory: directory.path)
        var found: [LedgerEntry] = []
        #expect(
            try reader.forEach {
                found.append($0); return true
            } == 0)
        #expect(found == entries)
        #expect(try reader.totals().calls == 5000)
        #expect(try reader.verify().isSound)
    }

    @Test func `a ledger of the first version that nobody took over is no mystery`() throws {
        do {
            let environment = try Environment(path: directory.path + "/ledger", mapBytes: 64 << 20, tables: 2)
            var transaction = try WriteTransaction(on: environment)
            _ = try transaction.openTable("records", create: true)
            try transaction.commit()
        }
        let error = #expect(throws: StoreError.self) { try LedgerReader(directory: directory.path) }
        #expect(error?.description.contains("earlier version") == true)
    }

    @Test func `a ledger of a later version is left alone`() throws {
        try write(calls(10))
        try change { transaction in
            let state = try transaction.openTable("state", create: false)
            let bytes: [UInt8] = [99]
            try transaction.put(state, key: Array("state".utf8).span.bytes, value: bytes.span.bytes)
        }
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.description.contains("later version") == true)
    }

    @Test func `what is older than the days that are kept goes, whole days alone, and the sums stay right`() throws {
        let entries = calls(2500).sorted { $0.id < $1.id }
        try write(entries)
        // Noon of the third day; one day before it is kept.
        let time = ManualClock(wall: Self.start + 5 * 43_200_000_000)
        let kept = entries.filter { $0.startedAt >= Self.start + 86_400_000_000 }
        do {
            let ledger = try open(retentionDays: 1, time: time)
            let deadline = ContinuousClock.now + .patience
            while ledger.totals.calls > kept.count, ContinuousClock.now < deadline { sched_yield() }
            ledger.close()
        }
        let found = try verify()
        #expect(found.isSound, "\(found.problems)")
        #expect(found.statedCalls == kept.count)
        var left: [LedgerEntry] = []
        try LedgerReader(directory: directory.path).forEach {
            left.append($0); return true
        }
        #expect(left == kept)
    }
}

extension LedgerEntry {
    /// The same call under another id.
    fileprivate func with(id: RecordID, startedAt: Int64) -> LedgerEntry {
        var entry = self
        entry.id = id
        entry.startedAt = startedAt
        return entry
    }

    fileprivate mutating func limitAmounts() {
        func limited(_ value: Int64) -> Int64 { value % 1_000_000_007 }
        func limited(_ value: Int?) -> Int? { value.map { $0 % 1_000_003 } }
        func limited(_ value: PicoDollars?) -> PicoDollars? { value.map { PicoDollars(limited($0.amount)) } }
        (cost, costInput, costOutput) = (limited(cost), limited(costInput), limited(costOutput))
        (savedCache, savedCompression, savedRouting) = (
            limited(savedCache), limited(savedCompression), limited(savedRouting)
        )
        usage = usage.map {
            Usage(
                uncachedInput: limited($0.uncachedInput)!, cachedInput: limited($0.cachedInput)!,
                cacheWrite: limited($0.cacheWrite)!, cacheWriteLong: limited($0.cacheWriteLong)!,
                output: limited($0.output)!, reasoning: limited($0.reasoning)!, audioInput: limited($0.audioInput),
                audioOutput: limited($0.audioOutput))
        }
        latencyMicroseconds = limited(latencyMicroseconds)
        upstreamMicroseconds = upstreamMicroseconds.map(limited)
        overheadMicroseconds = overheadMicroseconds.map(limited)
        requestBytes = limited(requestBytes)!
        responseBytes = limited(responseBytes)!
        tokensBeforeCompression = limited(tokensBeforeCompression)
        tokensAfterCompression = limited(tokensAfterCompression)
        compressionSavings = compressionSavings.map {
            CompressionSaving(kind: $0.kind, transform: $0.transform, hundredths: limited($0.hundredths)!)
        }
    }
}
