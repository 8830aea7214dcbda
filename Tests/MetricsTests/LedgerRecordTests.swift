import Foundation
import Metrics
import Platform
import Testing

@Suite struct LedgerRecordTests {
    @Test func `an entry with every field, and one with none, reads back as it was`() {
        let bare = LedgerEntry(id: LedgerEntry.full.id, startedAt: 5, endpoint: .models)
        for entry in [LedgerEntry.full, .fullest, bare] {
            #expect(LedgerRecord.decode(LedgerRecord.encode(entry).span.bytes, id: entry.id) == entry)
        }
        // A record is held for ninety days, so an empty one must stay small.
        #expect(LedgerRecord.encode(bare).count < 24)
    }

    @Test func `any entry reads back as it was`() {
        var random = Random(seed: 5)
        for _ in 0..<3000 {
            let entry = LedgerEntry.random(using: &random)
            #expect(LedgerRecord.decode(LedgerRecord.encode(entry).span.bytes, id: entry.id) == entry)
        }
    }

    @Test func `a record cut short or changed anywhere, or under another id, is damaged, and never traps`() {
        let bytes = LedgerRecord.encode(.full)
        for length in 0..<bytes.count {
            let cut = Array(bytes[..<length])
            #expect(LedgerRecord.decode(cut.span.bytes, id: LedgerEntry.full.id) == nil)
            var changed = bytes
            changed[length] ^= 0x10
            #expect(LedgerRecord.decode(changed.span.bytes, id: LedgerEntry.full.id) == nil)
        }
        let id = LedgerEntry.full.id
        #expect(LedgerRecord.decode(bytes.span.bytes, id: RecordID(high: id.high, low: id.low + 1)) == nil)
        #expect(LedgerRecord.decode([UInt8]().span.bytes, id: LedgerEntry.full.id) == nil)
    }

    @Test func `garbage is never a trap`() {
        var random = Random(seed: 6)
        var damaged = 0
        for round in 0..<20_000 {
            var bytes = Self.versionOneBytes
            if round % 2 == 0 {
                for _ in 0...random.next(upTo: 4) {
                    bytes[Int(random.next(upTo: bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
            } else {
                bytes = [1] + (0..<random.next(upTo: 60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
            if LedgerRecord.decode(bytes.span.bytes, id: LedgerEntry.full.id) == nil { damaged += 1 }
        }
        #expect(damaged > 5000)
    }

    @Test func `a record of a later version is not guessed at`() {
        var bytes = LedgerRecord.encode(.full)
        bytes[0] = LedgerRecord.version + 1
        #expect(LedgerRecord.decode(bytes.span.bytes, id: LedgerEntry.full.id) == nil)
    }

    @Test func `fields and values that a later program adds are passed over`() {
        // Field 63 as a number, field 62 as text, and cache outcome 99.
        let added: [UInt8] = [63 << 1, 4, 62 << 1 | 1, 2, 0x68, 0x69, 19 << 1, 0xC6, 0x01]
        var expected = LedgerEntry.full
        expected.cache = .bypass
        #expect(LedgerRecord.decode((Self.versionOneBytes + added).span.bytes, id: expected.id) == expected)
        let written = LedgerRecord.encode(.full).dropLast(4) + added
        let sum = Checksum.of(Array(written).span.bytes, seed: LedgerRecord.seed(expected.id))
        let sealed = written + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) }
        #expect(LedgerRecord.decode(Array(sealed).span.bytes, id: expected.id) == expected)
    }

    @Test func `a record written by the first version still reads`() {
        #expect(LedgerRecord.decode(Self.versionOneBytes.span.bytes, id: LedgerEntry.full.id) == .full)
    }

    static let versionOneBytes: [UInt8] = versionOne.split(separator: " ").flatMap { line in
        stride(from: 0, to: line.count, by: 2).map { offset in
            UInt8(line.dropFirst(offset).prefix(2), radix: 16)!
        }
    }

    /// `LedgerEntry.full` as version 1 wrote it, in hex: never to be changed.
    private static let versionOne = """
        0102f4fd80ecc3c0b006050961636d652d32303236070271330923030b776569726420226f6e652205146c696e650a627265
        616b200120c3bc20f09f8ca7090b03047465616d05036d26610b076261636b656e640c020e0210021204150f6175746f2f65
        787472616374696f6e170b6770742d346f2d6d696e6919066f70656e61691b126368656170657374206f6620746965722032
        1c001f0663616e617279200223250306636c617564650510636c617564652d6861696b752d342d350907636f6e6e6563740a
        18231b03066f70656e6169050b6770742d346f2d6d696e690690030ac00c2402260a287a2a90032d10757073747265616d5f
        74696d656f75742f0473746f70300232f2946334c0cf2436c08f6338b2053a80403ce0c5083f1202d00f049003063c08140a
        640c280e001006400442b817449c134704736166654880b5c0c3014a80a7f2a6014c808ece1c4f0a323032342d31302d3031
        5002520354809bee02
        """.replacing("\n", with: " ")

    @Test func `an entry exports as one line of JSON in the contract's names, money exact`() throws {
        let json = LedgerEntry.full.json
        let text = String(decoding: json, as: UTF8.self)
        #expect(!text.contains("\n"))
        for part in [
            #""id":"019fe1c8-1b2a-7abc-8def-0123456789ab","started_at":"2026-11-24T09:13:14.000250Z""#,
            #""tags":{"team":"m&a","weird \"one\"":"line\nbreak \u0001 ü 🌧"}"#, #""endpoint":"chat/completions""#,
            #""rollout":"off""#, #""input_tokens":1000,"cached_input_tokens":200,"cache_write_tokens":30,"#,
            #""output_tokens":50,"reasoning_tokens":20,"#, #""usage_source":"partial""#, #""cost_usd":0.000205,"#,
            #""saved_cache_usd":0.000000000001,"saved_compression_usd":-0.000000000002,"#, #""latency_ms":812.345,"#,
            #""overhead_ms":0.345,"#, #""client_disconnected":true}"#,
        ] { #expect(text.contains(part)) }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect((object["attempts"] as? [Any])?.count == 2)
        #expect(Self.contractNames.isSubset(of: object.keys))
    }

    private static let contractNames: Set<String> = [
        "id", "started_at", "deal", "cycle", "tags", "client_key", "endpoint", "task", "task_source", "complexity",
        "requested_model", "model", "provider", "route_reason", "rollout", "rule", "streamed", "status", "error_code",
        "attempts", "fallback", "cache", "cache_age_s", "input_tokens", "cached_input_tokens", "cache_write_tokens",
        "output_tokens", "reasoning_tokens", "usage_source", "tokens_before_compression", "tokens_after_compression",
        "compression_level", "cost_usd", "cost_input_usd", "cost_output_usd", "price_from", "saved_cache_usd",
        "saved_compression_usd", "saved_routing_usd", "latency_ms", "first_byte_ms", "upstream_ms", "overhead_ms",
        "request_bytes", "response_bytes", "finish_reason", "client_disconnected",
    ]

    @Test func `any entry exports as JSON that a strict parser takes`() throws {
        var random = Random(seed: 8)
        for _ in 0..<300 {
            let entry = LedgerEntry.random(using: &random)
            let object = try JSONSerialization.jsonObject(with: Data(entry.json)) as? [String: Any]
            #expect(object?["deal"] as? String == entry.deal)
            #expect(object?["tags"] as? [String: String] == entry.tags)
        }
    }

    @Test func `an unpriced call costs null, not zero`() {
        var entry = LedgerEntry.full
        entry.charge(nil, source: .reported)
        let text = String(decoding: entry.json, as: UTF8.self)
        #expect(text.contains(#""usage_source":"unpriced""#))
        #expect(text.contains(#""cost_usd":null,"cost_input_usd":null,"cost_output_usd":null,"price_from":null"#))
    }
}
