import Compression
import TestSupport
import Testing

/// Hostile texts: eight times as much takes about eight times as long, and never the square of that.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LinearTimeTests {
    /// Seconds of this thread, the best of three.
    private static func seconds(_ text: [UInt8], _ options: CompressionOptions) -> Double {
        ThreadTime.least(of: 3) {
            var compressor = PromptCompressor()
            compressor.begin(options)
            for _ in 0..<2 {
                compressor.beginMessage(.tool, isPinned: false)
                compressor.add(text.span)
                compressor.endMessage()
            }
        }
    }

    @Test(arguments: HostileText.all)
    func `eight times as much text takes no more than three times eight times as long`(
        text: HostileText
    ) {
        let few = Array(text.make(1 << 14).utf8)
        let many = Array(text.make(1 << 17).utf8)
        for options in [CompressionOptions(), CompressionOptions(level: .aggressive, dropsComments: true)] {
            let once = Self.seconds(few, options)
            let eightfold = Self.seconds(many, options)
            // What takes less than a millisecond is too short to be compared.
            #expect(eightfold < max(once, 0.001) * 24, "\(once) s, then \(eightfold) s")
        }
    }
}

extension HostileText: CustomTestStringConvertible {
    public var testDescription: String { name }
}
