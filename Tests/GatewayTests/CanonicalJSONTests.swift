import HTTP
import Testing

@testable import Gateway

struct CanonicalJSONTests {
    @Test(arguments: [
        (#"{"b":1,"a":{"d":[1,2],"c":null}}"#, #"{"a":{"c":null,"d":[1,2]},"b":1}"#),
        (" { \"a\" :\t[ 1 ,\r\n2 ] , \"b\" : { } } ", #"{"a":[1,2],"b":{}}"#),
        (#""\u0041\/\u00e9\u00E9\uD83D\ude00\u007f""#, "\"A/\u{E9}\u{E9}\u{1F600}\u{7F}\""),
        (#""\u0022\u005C\"\\""#, #""\"\\\"\\""#),
        (#""\b\f\n\r\t\u001F\u0000""#, #""\u0008\u000c\u000a\u000d\u0009\u001f\u0000""#),
        (#""\uD800 \uDFFF\uDBFF\u0041""#, #""\ud800 \udfff\udbffA""#),
        (#"{"\u0062":1,"\u0061":2}"#, #"{"a":2,"b":1}"#),
        ("[[],{},\"\",0,-0,1.0,1e2,true,false,null]", "[[],{},\"\",0,-0,1.0,1e2,true,false,null]"),
    ]) func `one spelling stands for all that mean the same`(text: String, canonical: String) throws {
        #expect(try written(text) == canonical)
        #expect(try written(canonical) == canonical)
    }

    @Test func `members in any order give the same text, few of them or many`() throws {
        for count in [2, 3, 16, 17, 200] {
            let members = (0..<count).map { #""m\#($0 * 7919 % 1009)":{"z":\#($0),"y":0}"# }
            let forth = try written("{" + members.joined(separator: ",") + "}")
            let back = try written("{" + members.reversed().joined(separator: ",") + "}")
            #expect(forth == back)
            #expect(forth.utf8.count == members.joined(separator: ",").utf8.count + 2)
        }
    }

    @Test(arguments: [
        ("1", "1.0"), ("100", "1e2"), ("1e2", "1E2"), ("0", "-0"), ("1", "\"1\""), ("null", "\"null\""),
        ("[1,2]", "[2,1]"), ("[1]", "[1,null]"), ("[[1],2]", "[1,[2]]"), ("[]", "{}"), ("[]", "[[]]"),
        (#"{"a":null}"#, "{}"), (#"{"a":1}"#, #"{"A":1}"#), (#"{"a":{"b":1}}"#, #"{"a":{},"b":1}"#),
        (#"{"a":"b"}"#, #"{"b":"a"}"#), (#""a""#, #""a ""#), (#""\\u0041""#, #""A""#), (#""\ud800""#, #""\udbff""#),
        (#""\ud800""#, #""\\ud800""#), (#""\n""#, #""\\n""#), ("\"\u{E9}\"", "\"e\u{301}\""),
        (#"{"a":"x","b":"y"}"#, #"{"a":"x\",\"b\":\"y"}"#),
    ]) func `what may be answered differently is told apart`(left: String, right: String) throws {
        // By bytes: Swift's strings would call a composed and a decomposed letter the same.
        #expect(try Array(written(left).utf8) != Array(written(right).utf8))
    }

    @Test(arguments: [
        #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":2}"#, #"{"\/":1,"\u002f":2}"#,
        #"[{"x":[{"k":1,"l":2,"\u006B":3}]}]"#, #"{"":1,"":2}"#, #"{"user":1,"us\u0065r":2}"#,
    ]) func `a member that is named twice is noticed, however it is spelled`(text: String) throws {
        #expect(try hasDuplicateKeys(text))
    }

    @Test func `a name that comes again elsewhere is no duplicate`() throws {
        #expect(try !hasDuplicateKeys(#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}],"A":1,"aa":2}"#))
        let many = (0..<100).map { #""m\#($0)":0"# }.joined(separator: ",")
        #expect(try !hasDuplicateKeys("{\(many)}"))
        #expect(try hasDuplicateKeys("{\(many),\"m57\":1}"))
    }

    @Test func `members that do not matter are left out at the top, and only there`() throws {
        let text = #"{"stream":true,"user":"me","us":1,"users":2,"x":{"user":1,"stream":0},"str\u0065am":false}"#
        #expect(
            try written(text, omitting: ["user", "stream"]) == #"{"us":1,"users":2,"x":{"stream":0,"user":1}}"#)
        #expect(try written(#"[{"user":1}]"#, omitting: ["user"]) == #"[{"user":1}]"#)
        #expect(try written(#"{"user":1}"#, omitting: ["user"]) == "{}")
    }

    @Test func `a value within a text can be written alone, and nothing is left of the text before`() throws {
        let bytes = Array(#"{"a":{"c":1,"b":2,"c":3},"d":[ 4 ]}"#.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        var canonical = CanonicalJSON()
        canonical.write(tape, of: bytes.span)
        let before = canonical.hasDuplicateKeys
        #expect(before)
        let member = tape.member("d", of: 0, in: bytes.span)
        let array = try #require(member)
        canonical.write(tape, root: array, of: bytes.span)
        let after = canonical.hasDuplicateKeys
        #expect(!after)
        let output = String(decoding: canonical.output.bytes, as: UTF8.self)
        #expect(output == "[4]")
    }

    @Test func `a text nested as deep as any is written`() throws {
        let deep = String(repeating: #"{"a":["#, count: 256) + String(repeating: "]}", count: 256)
        #expect(try written(deep) == deep)
    }

    // MARK: What the tests share

    private func written(_ text: String, omitting omitted: [StaticString] = []) throws -> String {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        var canonical = CanonicalJSON()
        canonical.write(tape, of: bytes.span, omitting: omitted)
        return String(decoding: canonical.output.bytes, as: UTF8.self)
    }

    private func hasDuplicateKeys(_ text: String) throws -> Bool {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        var canonical = CanonicalJSON()
        canonical.write(tape, of: bytes.span)
        return canonical.hasDuplicateKeys
    }
}
