import Gateway
import Testing

/// What someone who writes a configuration by hand sees of the JSON5 parser.
struct JSON5ParserTests {
    private func read(_ text: String) -> JSON5Node? {
        let outcome = JSON5Parser.parse(text)
        #expect(outcome.problems.isEmpty, "\(outcome.problems)")
        return outcome.root
    }

    private func problems(_ text: String) -> [String] { JSON5Parser.parse(text).problems.map(\.description) }

    @Test func `the example of the specification is read whole`() throws {
        let root = try #require(
            read(
                """
                {
                  // comments
                  unquoted: 'and you can quote me on that',
                  singleQuotes: 'I can use "double quotes" here',
                  lineBreaks: "Look, Mom! \\
                No \\\\n's!",
                  hexadecimal: 0xdecaf,
                  leadingDecimalPoint: .8675309, andTrailing: 8675309.,
                  positiveSign: +1,
                  trailingComma: 'in objects', andIn: ['arrays',],
                  "backwardsCompatible": "with JSON", /* and
                  this */
                }
                """))
        #expect(root["unquoted"]?.value == .string("and you can quote me on that"))
        #expect(root["singleQuotes"]?.value == .string(#"I can use "double quotes" here"#))
        #expect(root["lineBreaks"]?.value == .string(#"Look, Mom! No \n's!"#))
        #expect(root["hexadecimal"]?.value == .number("0xdecaf"))
        #expect(root["leadingDecimalPoint"]?.value == .number(".8675309"))
        #expect(root["andTrailing"]?.value == .number("8675309."))
        #expect(root["positiveSign"]?.value == .number("+1"))
        #expect(root["backwardsCompatible"]?.value == .string("with JSON"))
        #expect(root["andIn"]?.position == FilePosition(line: 10, column: 39))
    }

    @Test(arguments: ["Infinity", "-Infinity", "+NaN", "2.50", "1e-7", "0", "-0.0E+3", "0XfF"])
    func `a number keeps its spelling`(spelled: String) { #expect(read(spelled)?.value == .number(spelled)) }

    @Test func `escapes, pairs and unusual blanks are understood`() {
        #expect(read(#"'\x41\u00e9\uD83D\uDE00\0\v\q\''"#)?.value == .string("A\u{E9}\u{1F600}\0\u{B}q'"))
        #expect(read("\u{FEFF}\u{A0}[\u{2028}null,\u{3000}true]")?.value.kind == "an array")
        #expect(read("{ünï$_1: 1, \\u0061b: 2}")?["ab"]?.value == .number("2"))
    }

    @Test func `columns count characters, lines any line end`() throws {
        let root = try #require(read("{ 'é😀': 1,\r\n b: 2,\r c: 3 }"))
        guard case .object(let members) = root.value else { return #expect(Bool(false), "not an object") }
        #expect(members.map(\.position.description) == ["1:3", "2:2", "3:2"])
        #expect(members.map(\.node.position.description) == ["1:9", "2:5", "3:5"])
    }

    @Test func `three mistakes are told in one go, each with its place`() {
        let text = """
            {
              a: yes,
              b: 012,
              c: [1, 2
                  3],
              d: "open,
              e: 1,
            }
            """
        #expect(
            problems(text) == [
                "2:6: yes is not a value; a text needs quotes: \"yes\"",
                "3:6: a number cannot begin with a zero and another digit",
                "5:7: expected ',' or ']', found '3'",
                "6:12: the string of 6:6 is not closed on its line (a line may go on after a backslash)",
            ])
    }

    @Test func `a duplicate key names both places`() {
        #expect(
            problems("{ a: 1,\n b: 2,\n 'a': 3 }") == ["3:2: a stands here for the second time; the first is at 1:3"])
    }

    @Test(arguments: [
        ("", "1:1: expected a value, found the end of the text"),
        ("{", "1:2: the '{' of 1:1 is never closed"),
        ("[1] 2", "1:5: nothing may follow the value, found '2'"),
        ("/* x", "1:5: the comment of 1:1 is never closed"),
        ("'\\uD800'", "1:3: half a surrogate pair"),
        ("{a 1}", "1:4: expected ':' after a, found '1'"),
        ("1.5.2", "1:4: nothing may follow the value, found '.'"),
        ("[1}", "1:3: expected ',' or ']', found '}'"),
    ])
    func `a broken text is told where and what`(text: String, problem: String) { #expect(problems(text) == [problem]) }

    @Test func `depth and size have limits`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(problems(deep).contains { $0.contains("nested deeper than 64 levels") })
        let large = [UInt8](repeating: UInt8(ascii: " "), count: JSON5Parser.sizeLimitBytes + 1)
        #expect(JSON5Parser.parse(large).problems.count == 1)
    }

    @Test func `bytes that are not UTF-8 are refused with their place`() {
        let outcome = JSON5Parser.parse([0x22, 0x61, 0xFF, 0x22])
        #expect(outcome.problems.map(\.description) == ["1:3: found byte 0xff, which is not UTF-8"])
    }

    @Test func `no fragment and no mutation of a text crashes or goes unnoticed`() {
        let whole =
            Array(
                #"{ a: [1, .5e+3, 'x\u0041\x41\'', "é"], // c"#.utf8) + Array("\n /* d */ b: { c: -Infinity, }, }".utf8)
        for length in 0..<whole.count {
            #expect(!JSON5Parser.parse(Array(whole.prefix(length))).problems.isEmpty, "prefix of \(length)")
            _ = JSON5Parser.parse(Array(whole.suffix(length)))
        }
        for index in whole.indices {
            for byte in UInt8.min...UInt8.max {
                var mutated = whole
                mutated[index] = byte
                let outcome = JSON5Parser.parse(mutated)
                #expect(outcome.root != nil || !outcome.problems.isEmpty)
            }
        }
    }
}
