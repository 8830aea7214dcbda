import Compression
import HTTP
import TestSupport

@testable import Gateway

extension FuzzTarget {
    /// A chat request whose prompt is compressed: another chat request, of which nothing is left to compress.
    static let compression = FuzzTarget(
        name: "compression", seeds: compressionSeeds, words: compressionWords,
        check: { (bytes) throws(Violation) in
            var tape = JSONScanner()
            do throws(JSONScanner.Failure) { try tape.scan(bytes.span) } catch { return false }
            var canonical = CanonicalJSON()
            canonical.write(tape, of: bytes.span)
            if canonical.hasDuplicateKeys { return false }
            var random = SeededRandom(of: bytes)
            let options = CompressionOptions(
                level: random.below(2) == 0 ? .safe : .aggressive, usesReferences: random.below(4) != 0,
                dropsComments: random.below(4) == 0)
            var compression = PromptCompression()
            let once = try compressed(bytes, &compression, &tape, options)
            let twice = try compressed(once, &compression, &tape, options)
            try require(twice == once, "compressed again it is \(twice.shown), and was \(once.shown)")
            return true
        })

    private static func compressed(
        _ request: [UInt8], _ compression: inout PromptCompression, _ tape: inout JSONScanner,
        _ options: CompressionOptions
    ) throws(Violation) -> [UInt8] {
        try scanAgain(request, &tape)
        var splice = JSONSplice()
        _ = compression.compress(request.span, tape, options, minTokens: 0, into: &splice)
        let changed = bytesOf { splice.apply(to: request.span, into: &$0) }
        try scanAgain(changed, &tape)
        return changed
    }

    /// Requests in which every member that is looked at is of every kind.
    private static let compressionSeeds = [
        #"{"messages":[{"role":"user","content":[{"type":"text","text":"\#(prose)"},{"type":5,"text":1}]}]}"#,
        #"{"messages":[{"role":5,"content":7},{"role":[],"content":[1,"x",{"type":null},{"type":"text","text":2}]}]}"#,
        #"{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{\"a\":\"x\\ny\"}"}},{"function":5},"#
            + #"7,{"function":{"arguments":3}}]},{"role":"tool","content":"\#(prose)","cache_control":{}}]}"#,
        #"{"messages":5}"#, #"{"messages":[5,"x",null,[],{"content":{}},{"content":"\ud83d \#(prose)"}]}"#,
        #"{"messages":[{"role":"tool","content":"\#(list)"},{"role":"tool","content":"\#(list)"}]}"#,
        #"{"messages":[{"role":"user","content":"```swift\nlet a = 1  // one\n/* two */\n```\n\n\n\#(prose)"}]}"#,
    ]

    private static let prose =
        #"Some words   \n\n\n\nthat are long enough to be looked at, \u00a0in three lines.  \nEnd."#
    private static let list =
        "["
        + (0..<8).map { #"  {\n    \"number\": \#($0),\n    \"name\": \"item \#($0)\"\n  }"# }.joined(separator: ",\\n")
        + "]"

    private static let compressionWords =
        jsonWords + [
            #""messages":["#, #""role":"tool""#, #""role":"user""#, #""content":"#, #""type":"text""#, #""text":"#, "5",
            "null", #""tool_calls":["#, #""function":{"#, #""arguments":"{}""#, #""cache_control":{}"#, #"\n"#,
            #"\n\n\n"#,
            "   ", "```", "[\u{2026} 10 lines same as earlier \u{2026}]", #"\u00a0"#, "========", "| - |",
        ]
}
