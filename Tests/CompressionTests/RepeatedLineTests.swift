import Compression
import Testing

/// Lines that stand many times in a row: each run of them is counted once, however long it is.
@Suite(.timeLimit(.minutes(5))) struct RepeatedLineTests {
    @Test(arguments: ["", "x", "-----"]) func `a long text of the same line is taken up, and does not grow`(
        line: String
    ) {
        let text = Array(repeatElement(line + "\n", count: 200_000).joined().utf8)
        var compressor = PromptCompressor()
        compressor.begin(CompressionOptions())
        compressor.beginMessage(.tool, isPinned: false)
        compressor.add(text.span)
        compressor.endMessage()
        #expect(compressor.results.count == 1)
        #expect(compressor.results[0].savings.failedProofs == 0)
        if let result = compressor.results[0].replacement { #expect(result.count < text.count) }
    }
}
