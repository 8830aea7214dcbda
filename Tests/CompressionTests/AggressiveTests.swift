import Compression
import Testing

/// What the aggressive level and the switch for comments do, and what they leave alone.
struct AggressiveTests {
    private func aggressive(_ text: String, comments: Bool = false) -> String {
        Conversation.tool(text).compressed(CompressionOptions(level: .aggressive, dropsComments: comments)).last[0]
    }

    @Test func `objects of one form become rows under their names`() {
        let rows = (0..<20).map { #"{"id": \#($0), "name": "item \#($0)", "tags": ["x", "y"]}"# }
        let text = aggressive("[" + rows.joined(separator: ", ") + "]")
        #expect(text.hasPrefix(##"{"#cols":["id","name","tags"],"#rows":["## + "\n" + #"[0,"item 0",["x","y"]],"#))
        // Other names, another order, or the same name twice: no columns.
        for last in [#"{"id": 1, "name": "x"}"#, #"{"name": "x", "id": 1, "tags": []}"#] {
            #expect(!aggressive("[" + (rows + [last]).joined(separator: ", ") + "]").contains("#cols"))
        }
        let twice = (0..<20).map { #"{"id": \#($0), "id": "item \#($0)"}"# }
        #expect(!aggressive("[" + twice.joined(separator: ", ") + "]").contains("#cols"))
    }

    @Test func `a value that repeats the last of its name is named`() {
        let user =
            #"{"login": "someone", "id": 12345, "url": "https://example.org/users/someone", "words": "\#(String(repeating: "many words ", count: 20))"}"#
        let text = aggressive("{\"first\": {\"user\": \(user)}, \"second\": {\"user\": \(user)}}")
        #expect(text.contains(#""user":"[… same value as the last full user above …]""#))
        #expect(
            OrderedJSON(text)?.expanded
                == OrderedJSON("{\"first\": {\"user\": \(user)}, \"second\": {\"user\": \(user)}}"))
    }

    @Test func `what log lines begin with is said once`() throws {
        let lines = (0..<20).map { "2026-11-30 23:10:10 host7 sshd[1234]: message \($0 * $0) of some service" }
        let text = aggressive(lines.joined(separator: "\n"))
        #expect(
            text.hasPrefix(
                "[… each of the next 20 lines begins with: 2026-11-30 23:10:10 host7 sshd[1234]: message  …]\n0 of"))
        var reader = Reader()
        #expect(try reader.read(text) == lines.joined(separator: "\n"))
    }

    @Test func `licence heads go, other heads stay`() {
        let body = "\nimport Foundation\n\nfunc f() {\n    return 1\n}\n\nfunc g() {\n    return 2\n}\n"
        let licence =
            "// Copyright 2026 the authors of this and that.\n// Licensed under the Apache License, Version 2.0.\n"
        #expect(aggressive(licence + body) == body.dropFirst())
        let head = "// How the two functions below work together, at some length,\n// and why they are as they are.\n"
        #expect(aggressive(head + body) == head + body)
    }

    /// By family of comments: code, and what is left of it.
    @Test(arguments: [
        (
            "swift", "let a = 1 // one\n// gone\nlet b = \"// kept\" /* two */ + c\n",
            "let a = 1\nlet b = \"// kept\" + c\n"
        ),
        (
            "c",
            "int/* one */a; /* kept\n since */ int b;\nchar *s = \"/* kept */\";\nchar c = '\"'; /* a */ /* b */\n",
            "int a; /* kept\n since */ int b;\nchar *s = \"/* kept */\";\nchar c = '\"';\n"
        ),
        (
            "python", "#!/usr/bin/python\na = 1  # one\n# gone\nb = '''# kept\n'''\nc = 2  # type: int\n",
            "#!/usr/bin/python\na = 1\nb = '''# kept\n'''\nc = 2  # type: int\n"
        ),
        ("sh", "echo a # one\n# gone\necho \"# kept\" a#b ${#c} $#\n", "echo a\necho \"# kept\" a#b ${#c} $#\n"),
        ("sql", "select 1 -- one\n-- gone\nfrom t where a = '-- kept'\n", "select 1\nfrom t where a = '-- kept'\n"),
        ("html", "<p>one</p><!-- gone -->\n<!-- gone\n too -->\n<p>two</p>\n", "<p>one</p>\n<p>two</p>\n"),
    ])
    func `comments go from fenced code, strings stay`(language: String, code: String, left: String) {
        let prose = "This is what it looks like, with some words around it to make it long enough:\n\n"
        let text = "\(prose)```\(language)\n\(code)```\n"
        #expect(aggressive(text, comments: true) == "\(prose)```\(language)\n\(left)```\n")
        #expect(aggressive(text) == text)
    }

    @Test(arguments: [
        ("swift", "let a = \"\"\"\n  // kept\n  \"\"\"\nlet b = #\"a \" // kept\"#\n"),
        ("js", "let a = `x // kept\n`; let r = /\\/\\*/;\n"),
        ("c", "/* never closed\nint a;\n"), ("python", "a = '''never closed # kept\n"),
        ("rust", "let s = r#\"a \" // kept\"#;\n"),
        ("sh", "cat <<EOF\n# kept\nEOF\n"), ("go", "a := `x // kept\n`\n"), ("yaml", "a: b # kept\n"),
        ("text", "# kept\n"),
    ])
    func `what only looks like a comment stays`(language: String, code: String) {
        let text =
            "This is what it looks like, with some words around it to make it long enough:\n\n```\(language)\n\(code)```\n"
        #expect(aggressive(text, comments: true) == text)
    }
}
