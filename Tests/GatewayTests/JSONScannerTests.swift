import Testing

@testable import Gateway

struct JSONScannerTests {
    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "\"\"", " \t\r\n[ \t\r\n] \t\r\n", "{ }",
        #"{"a":1}"#, #" { "a" : [ 1 , { } , [ ] , "x" ] , "b" : null } "#, #"{"":""}"#, #"{"a":1,"a":2}"#,
        "[[[[]]]]", "[true,false,null]",
        "-0", "-1", "10", "0.5", "-0.0", "1e5", "1E5", "1e+5", "1e-5", "0e0", "1.25E-07",
        "123456789012345678901234567890",
        #""\" \\ \/ \b \f \n \r \t""#, #""\u0000\u00e9\uD83D\uDE00""#, #""\ud800""#, #""\uDE00\ud83d""#,
        "\"f\u{FC}r \u{1F389} \u{7F}\u{2028}\"",
    ]) func `a JSON text is read`(text: String) {
        #expect(failure(of: text) == nil)
    }

    @Test(arguments: [
        "", " ", "nul", "nulL", "True", "tru", "truefalse", "NaN", "Infinity", "-Infinity", "undefined", "a",
        "\u{FEFF}{}", "{} {}", "{}x", "1 2", "[]]", "// x\n1", "[1/**/]", "'a'",
        "[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1;2]", "[1}", "[\"a\":1]",
        "{", "}", "{]", #"{"a""#, #"{"a":"#, #"{"a":1"#, #"{"a":1,"#, #"{"a":1,}"#, #"{,"a":1}"#, #"{"a" 1}"#,
        #"{"a",1}"#, "{a:1}", "{1:1}", "{null:1}", #"{"a":1 "b":2}"#, #"{"a":1;"b":2}"#, #"{"a"::1}"#, #"{"a":1]"#,
        "-", "+1", "01", "-01", "00", ".5", "1.", "1.e3", "-.5", "1e", "1e+", "1e1.5", "1.2.3", "0x1F", "1_000", "- 1",
        "1a", "\u{FF11}",
        "\"", "\"a", #""\"#, #""\""#, #""\x41""#, #""\a""#, #""\'""#, #""\u""#, #""\u12""#, #""\u123""#,
        #""\u123g""#, #""\u 123""#, #""\U0041""#, #""\u+123""#, "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\u{1F}\"",
    ]) func `what RFC 8259 does not know is refused`(text: String) {
        #expect(failure(of: text) != nil)
    }

    @Test func `a failure says where and why`() {
        #expect(failure(of: "[1,]") == .init(offset: 3, reason: "a value was expected"))
        #expect(failure(of: #"{"a" 1}"#) == .init(offset: 5, reason: "a colon was expected"))
        #expect(failure(of: "{} x") == .init(offset: 3, reason: "text follows the JSON value"))
        #expect(failure(of: #"["a\u12"#) == .init(offset: 3, reason: "a string does not end"))
        #expect(failure(of: "[-a]") == .init(offset: 1, reason: "a number is malformed"))
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")]) func `512 levels are read, 513 are not`(
        open: String, close: String
    ) {
        func nested(_ levels: Int) -> String {
            String(repeating: open, count: levels - 1) + (open == "[" ? "[]" : "{}")
                + String(repeating: close, count: levels - 1)
        }
        #expect(failure(of: nested(512)) == nil)
        #expect(failure(of: nested(513))?.reason == "nested too deep")
        #expect(failure(of: String(repeating: open, count: 100_000)) != nil)
    }

    @Test func `numbers of 1024 characters are read, longer ones are not`() {
        #expect(failure(of: "[" + String(repeating: "9", count: 1024) + "]") == nil)
        #expect(failure(of: String(repeating: "9", count: 1025))?.reason == "a number has too many digits")
        #expect(failure(of: "-0." + String(repeating: "9", count: 1021)) == nil)
        #expect(failure(of: "1e" + String(repeating: "9", count: 1023))?.reason == "a number has too many digits")
    }

    @Test func `a text cut anywhere is refused, and the next text is read`() {
        let text = Array(Self.sample.utf8)
        var tape = JSONScanner()
        for cut in text.indices {
            #expect(throws: JSONScanner.Failure.self) { try tape.scan(text.span.extracting(0..<cut)) }
        }
        #expect(throws: Never.self) { try tape.scan(text.span) }
        #expect(tape.values[0].range == text.indices)
    }

    @Test func `members are found by name, the last of a name, at their own level only`() throws {
        let text = #"{"x":{"model":"inner"},"model":1,"mode":2,"models":3,"model":"gpt"}"#
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        let member = tape.member("model", of: 0, in: bytes.span)
        let model = try #require(member)
        #expect(String(decoding: bytes[tape.values[model].content], as: UTF8.self) == "gpt")
        let unknown = tape.member("nothing", of: 0, in: bytes.span)
        #expect(unknown == nil)
        let memberOfAString = tape.member("model", of: model, in: bytes.span)
        #expect(memberOfAString == nil)
    }

    @Test func `a walk meets each member and element once, until it is told to stop`() throws {
        let bytes = Array(#"{"a":[1,[2,3],{"b":4}],"c":{},"d":5}"#.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        func spelled(_ index: Int) -> String { String(decoding: bytes[tape.values[index].range], as: UTF8.self) }
        var members: [String] = []
        tape.forEachMember(of: 0) { key, value in
            members.append(spelled(key) + "=" + spelled(value))
            return true
        }
        #expect(members == [#""a"=[1,[2,3],{"b":4}]"#, #""c"={}"#, #""d"=5"#])
        let member = tape.member("a", of: 0, in: bytes.span)
        let array = try #require(member)
        var elements: [String] = []
        tape.forEachElement(of: array) { element in
            elements.append(spelled(element))
            return elements.count < 2
        }
        #expect(elements == ["1", "[2,3]"])
    }

    @Test(
        arguments: [
            ("0", 0), ("42", 42), ("999999999999999", 999_999_999_999_999), ("1000000000000000", nil), ("-1", nil),
            ("-0", nil), ("1.0", nil), ("1e3", nil), ("\"1\"", nil), ("null", nil), ("[1]", nil),
        ] as [(String, Int?)]) func `only plain whole numbers are taken for numbers`(text: String, number: Int?) throws
    {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        try tape.scan(bytes.span)
        let read = tape.nonNegativeInteger(at: 0, in: bytes.span)
        #expect(read == number)
    }

    private static let sample =
        #"{"model":"gpt-4o","messages":[{"role":"user","content":"a\n\"b\" \ud83d\ude00"},{"x":[]}],"n":-1.5e+3,"#
        + #""stream":true,"stop":null,"tools":{"a":{"b":[false,0,{}]}}}"#

    private func failure(of text: String) -> JSONScanner.Failure? {
        let bytes = Array(text.utf8)
        var tape = JSONScanner()
        do {
            try tape.scan(bytes.span)
            return nil
        } catch {
            return error
        }
    }
}
