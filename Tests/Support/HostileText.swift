/// Texts that bring badly written algorithms to a stand, of any size.
package struct HostileText: Sendable {
    package let name: String
    /// A text of about as many bytes.
    package let make: @Sendable (_ bytes: Int) -> String

    init(_ name: String, _ make: @escaping @Sendable (_ bytes: Int) -> String) {
        self.name = name
        self.make = make
    }

    private static func repeated(_ text: String, _ bytes: Int) -> String {
        String(repeating: text, count: bytes / text.utf8.count)
    }

    package static let all = [
        HostileText("one line again and again") { repeated("the same line once more, long enough to count\n", $0) },
        HostileText("one letter") { repeated("a", $0) }, HostileText("blanks") { repeated(" ", $0) + "x" },
        HostileText("empty lines") { repeated("\n", $0) + "x" }, HostileText("carriage returns") { repeated("\r", $0) },
        HostileText("brackets that open") { repeated("[", $0) },
        HostileText("brackets on lines") { repeated("[1,\n", $0) },
        HostileText("nested brackets") { repeated("[", $0 / 2) + repeated("]", $0 / 2) },
        HostileText("objects that do not end") { repeated("{\"a\": {\"b\": [\n", $0) },
        HostileText("JSON values on lines") { repeated("{ \"a\" : 1, \"b\" : 2 }\n", $0) },
        HostileText("rows of JSON") { "[" + repeated("{\"a\": 1, \"b\": [1, 2]},", $0) + "{\"a\": 1, \"b\": [1, 2]}]" },
        HostileText("fences that open") { repeated("```a\n", $0) }, HostileText("fences") { repeated("```\nx\n", $0) },
        HostileText("fences of all lengths") { bytes in
            (3..<Int(Double(bytes * 2).squareRoot())).map { String(repeating: "`", count: $0) + "\n" }.joined()
        },
        HostileText("unique lines") { bytes in
            (0..<bytes / 40).map { "line \($0 &* 2_654_435_761) is like no other\n" }.joined()
        },
        HostileText("two lines in turn") { repeated("the first of two lines here\nthe second of two lines\n", $0) },
        HostileText("blocks that begin and end alike") { bytes in
            (0..<bytes / 200).map {
                "begin of the block\nsomething\n\($0) is in it, and it is long enough to count, surely so\nend of the block here\n"
            }.joined()
        },
        HostileText("listings that moved") { bytes in
            (0..<bytes / 400).map { block in
                (0..<10).map { "\(block + $0)\tline \($0) of a block of some lines\n" }.joined()
            }.joined()
        },
        HostileText("lines that begin alike") { bytes in
            (0..<bytes / 60).map { "2026-11-30 10:10:\($0 % 60) host service[\($0 % 7)]: \($0)\n" }.joined()
        },
        HostileText("long lines") { bytes in
            (0..<bytes / 500).map { "\($0 % 9)" + repeated("a long line goes on ", 480) + "\n" }.joined()
        },
        HostileText("rulers") { repeated("|-|-|\n", $0) },
        HostileText("a table") { "a | b\n-+-\n" + repeated("1   |   2\n", $0) },
        HostileText("notes") { repeated("[\u{2026} 3 lines\n", $0) },
        HostileText("open notes") { repeated("[\u{2026} ", $0) },
        HostileText("emoji") { repeated("👩\u{200D}👧 \u{200B}", $0) }, HostileText("quotes") { repeated("\"\\\"", $0) },
        HostileText("rulers of dashes") { repeated("----------------------\n", $0) },
    ]
}
