import HTTP
import TestSupport
import Testing

struct ByteBufferTests {
    @Test func `bytes come out in the order they went in, however it grows and is consumed`() {
        var buffer = ByteBuffer(capacity: 1)
        var model: [UInt8] = []
        var random = SeededRandom(1)
        for step in 0..<5000 {
            let piece = (0..<random.below(40)).map { _ in UInt8.random(in: 0...255, using: &random) }
            buffer.append(piece)
            model += piece
            if !random.next().isMultiple(of: 3) {
                let count = random.below(model.count + 1)
                buffer.consume(count)
                model.removeFirst(count)
            }
            let held = Array(buffer.bytes)
            guard held == model else {
                Issue.record("the bytes differ after step \(step)")
                return
            }
        }
    }

    @Test func `what is written into the spare room counts once committed`() {
        var buffer = ByteBuffer(capacity: 4)
        buffer.append("ab" as StaticString)
        buffer.reserve(10)
        let spare = buffer.spare
        #expect(spare.count >= 10)
        spare.copyBytes(from: Array("cde".utf8))
        #expect(text(buffer) == "ab")
        buffer.commit(3)
        #expect(text(buffer) == "abcde")
    }

    @Test func `every kind of thing can be appended`() {
        var buffer = ByteBuffer(capacity: 1)
        buffer.append("a" as StaticString)
        buffer.append("\u{E9}")
        buffer.append([0x62, 0x63])
        buffer.append(0x64 as UInt8)
        let other = [UInt8](Array("ef".utf8))
        buffer.append(other.span.bytes)
        buffer.append(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(text(buffer) == "a\u{E9}bcdef")
    }

    @Test(arguments: [0, 1, 9, 10, 15, 16, 255, 4096, 65535, 1_000_000, Int(Int32.max) + 1, .max])
    func `a number is written as Swift writes it`(number: Int) {
        var buffer = ByteBuffer(capacity: 1)
        buffer.append(decimal: number)
        buffer.append(" " as StaticString)
        buffer.append(hexadecimal: number)
        #expect(text(buffer) == "\(number) \(String(number, radix: 16))")
    }

    @Test func `a negative number is written as 0`() {
        var buffer = ByteBuffer(capacity: 1)
        buffer.append(decimal: -5)
        buffer.append(decimal: .min)
        #expect(text(buffer) == "00")
    }

    @Test func `a buffer cut short goes on after the cut`() {
        var buffer = ByteBuffer(capacity: 16)
        buffer.append("abcdef" as StaticString)
        buffer.consume(2)
        buffer.truncate(to: 2)
        buffer.append("x" as StaticString)
        #expect(text(buffer) == "cdx")
    }

    @Test func `emptied, it keeps its memory up to the size told, and gives back what is beyond`() {
        var buffer = ByteBuffer(capacity: 8192)
        buffer.append("a" as StaticString)
        buffer.removeAll(keep: 8192)
        #expect(count(buffer) == 0)
        #expect(memory(buffer) == 8192)
        buffer.append([UInt8](repeating: 0, count: 100_000))
        buffer.removeAll(keep: 8192)
        #expect(count(buffer) == 0)
        #expect(memory(buffer) <= 8192)
        buffer.append("b" as StaticString)
        #expect(text(buffer) == "b")
    }

    @Test func `a queue that is consumed as fast as it is filled does not grow`() {
        var buffer = ByteBuffer(capacity: 4096)
        let piece = [UInt8](repeating: 7, count: 1000)
        buffer.append(piece)
        for _ in 0..<10_000 {
            buffer.append(piece)
            buffer.consume(1000)
        }
        #expect(count(buffer) == 1000)
        #expect(memory(buffer) <= 8192)
    }

    @Test func `a pattern is overwritten wherever it stands, and nothing else is`() {
        var buffer = ByteBuffer(capacity: 4)
        buffer.append("xxkey-1 key-1key-1 key- key-2" as StaticString)
        buffer.consume(2)
        buffer.overwrite(occurrencesOf: Array("key-1".utf8), with: 0x2A)
        #expect(text(buffer) == "***** ********** key- key-2")
        buffer.overwrite(occurrencesOf: [], with: 0x2B)
        #expect(text(buffer) == "***** ********** key- key-2")
    }

    private func text(_ buffer: borrowing ByteBuffer) -> String { String(decoding: buffer.bytes, as: UTF8.self) }
    private func count(_ buffer: borrowing ByteBuffer) -> Int { buffer.count }
    private func memory(_ buffer: borrowing ByteBuffer) -> Int { buffer.allocatedBytes }
}
