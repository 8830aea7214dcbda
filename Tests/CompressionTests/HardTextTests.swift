import Compression
import Testing

/// Texts that compressors have broken before: what level safe makes of them, to the byte.
struct HardTextTests {
    /// Something around a text, so that it is worth compressing.
    private static let filler =
        "\n\n\n\n" + String(repeating: "Some words that are all different. ", count: 3) + "   \n"
    private static let narrowed = "\n\n" + String(repeating: "Some words that are all different. ", count: 3).dropLast()

    private func safe(_ text: String, role: PromptCompressor.Role = .tool) -> String {
        Conversation(messages: [.init(role: role, texts: [text])]).compressed().last[0]
    }

    /// JSON whose data must stay, spelled with more blanks than it needs.
    @Test(arguments: [
        #"{ "a" : 1.0, "b" : 1e5, "c" : -0.0, "d" : 12345678901234567890123, "e" : 1E+2 }"#,
        #"{ "a" : 1, "a" : 2, "b" : { "a" : 3, "a" : 4 } }"#, #"{ "a" : "\u00e9 \ud83d\ude00 \/ \b", "b" : "\ud800" }"#,
        #"{ "a" : "x  y   // z /* */ *** ---  ", "b" : "{ \"c\" : 1 }" }"#, "[ [ ], { }, [ { } ], \"\", null, true ]",
    ])
    func `JSON keeps every lexeme as it is spelled`(value: String) throws {
        let text = "[\n  " + (0..<12).map { _ in value }.joined(separator: ",\n\n  ") + "\n]"
        let compressed = Conversation.tool(text).compressed(CompressionOptions(usesReferences: false)).last[0]
        #expect(compressed.utf8.count < text.utf8.count)
        #expect(compressed.filter { $0 != "\n" } == OrderedJSON(text)?.text)
    }

    @Test(arguments: [
        // Not JSON, or not to its end.
        #"{ "a" : NaN }"#, #"{ "a" : 1, // c"# + "\n }", #"{ "a" : 1, }"#, "{ 'a' : 1 }", #"{ "a" : 01 }"#,
        "{ \"a\" : \"x\ty\" }", #"{ "a" : [ 1, 2, { "b" : 3"#, #"[ 1 , 2 ] and { more"#, "[ 1 , 2 ] [ 3 ]",
        String(repeating: "[ ", count: 300) + String(repeating: " ]", count: 300),
    ])
    func `what is nearly JSON stays as it is`(text: String) {
        let text = text + "\nafter " + String(repeating: "some words ", count: 10) + "end"
        #expect(safe(text) == text)
    }

    @Test func `JSON Lines keep their lines, and text around JSON its own`() {
        let line = #"{ "id" : 1, "name" : "first of several", "tags" : [ "a", "b", "c" ] }"#
        let compact = #"{"id":1,"name":"first of several","tags":["a","b","c"]}"#
        #expect(safe("\(line)\n\(line)\n[ 2, 3, 4 ]\n") == "\(compact)\n\(compact)\n[2,3,4]\n")
        #expect(safe("Here it is:\n\n\(line)\n\nDone.") == "Here it is:\n\n\(compact)\n\nDone.")
    }

    /// What stands in a fence and is not data stays byte for byte; so do the fences.
    @Test(arguments: [
        "```python\nx = '''a\n\n\n\n   b   \n'''\n```", "````\n```python\nx   \n\n\n\n```\n````",
        "~~~swift\nlet a   \n\n\n\n~~~",
        "  ```sh\n  cat <<EOF   \n\n\n\n  EOF\n  ```", "```js\nlet a = `x   \n\n\n\ny`",
        "```yaml\na: |\n  x   \n\n\n\n  y\n```",
        "```makefile\nall:   \n\techo   \n\n\n\n```", "```c\nint a;   \n````", "```\n  a   b  \n\n\n\n  c\n```",
        "1. item\n   ```go\n   a   \n\n\n\n   ```",
    ])
    func `code in fences stays`(fence: String) {
        #expect(safe("Look:" + Self.filler + "\n" + fence) == "Look:" + Self.narrowed + "\n\n" + fence)
    }

    @Test(arguments: [
        "def f():\n    a = '''x   \n\n\n\n  y'''\n    return a   \n\n\n\ndef g():\n    return f()   \nimport os\n",
        "all: a b\n\tcc -o a   \n\n\n\n\tcc -o b\nclean:   \n\trm a b\n\trm c   \n",
        "a:\n  - b: |\n      x   \n\n\n\n      y\n  - c: d   \nkey: value   \nother: value   \n",
    ])
    func `code outside of fences stays`(code: String) {
        #expect(
            safe(code + "# more words here so that it is long enough to be looked at\n") == code
                + "# more words here so that it is long enough to be looked at\n")
    }

    @Test func `Markdown's hard breaks, setext rulers and indented code stay`() {
        let text =
            "Roses are red,  \nviolets are blue.  \n\nTitle\n=====\n\nSub\n---\n\n    code   \n\n\n    more\n\nEnd"
        let kept = "Roses are red,  \nviolets are blue.\n\nTitle\n=====\n\nSub\n---\n\n    code\n\n\n    more\n\nEnd"
        #expect(safe(text + Self.filler) == kept + Self.narrowed + "\n")
    }

    @Test func `joiners stay, and blanks without width go`() {
        let text = "می\u{200C}خواهم 👩\u{200D}👩\u{200D}👧 ภาษา\u{200B}ไทย a\u{200B}b\u{FEFF}c d\u{A0}e" + Self.filler
        #expect(safe(text) == "می\u{200C}خواهم 👩\u{200D}👩\u{200D}👧 ภาษา\u{200B}ไทย abc d e" + Self.narrowed + "\n")
    }

    @Test func `carriage returns stay with their lines`() {
        let text = "one   \r\n\r\n\r\n\r\ntwo \r\r\nthree\rfour\r\n" + String(repeating: "more words here. ", count: 8)
        #expect(
            safe(text) == "one\r\n\r\ntwo\r\r\nthree\rfour\r\n"
                + String(repeating: "more words here. ", count: 8).dropLast())
    }

    @Test func `a patch stays as it is`() {
        let patch =
            "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,4 +1,4 @@\n line   \n \n \n \n-old   \n+old\n" + Self.filler
        #expect(safe(patch) == patch)
        #expect(safe("Applied:\n\n```diff\n\(patch)```\n") == "Applied:\n\n```diff\n\(patch)```\n")
    }

    @Test func `numbers lose their padding only in a listing that counts on`() {
        func listing(_ numbers: [Int]) -> String {
            numbers.map { "\(String(repeating: " ", count: 6 - "\($0)".count))\($0)\tline \($0) says this and that" }
                .joined(separator: "\n")
        }
        let plain = { (numbers: [Int]) in numbers.map { "\($0)\tline \($0) says this and that" }.joined(separator: "\n")
        }
        #expect(safe(listing([7, 8, 9, 10, 11, 12])) == plain([7, 8, 9, 10, 11, 12]))
        #expect(safe(listing([7, 8, 9, 11, 12, 13])) == listing([7, 8, 9, 11, 12, 13]))
        #expect(safe(listing([3, 1, 2, 3, 9, 9, 8])) == listing([3, 1, 2, 3, 9, 9, 8]))
    }

    @Test func `tables keep their cells, and what is special in them`() {
        let text = """
            | name      |     count | note                |
            | :-------- | --------: | :-----------------: |
            | first     |         1 | `a  |  b`           |
            | second    |         2 | a \\| b             |
            |           |     3 000 | two  words          |
            """
        let table = """
            | name| count| note|
            |:-|-:|:-:|
            | first|1| `a  |  b`           |
            """
        let safe = safe(text)
        #expect(safe.hasPrefix("| name| count| note|\n|:-|-:|:-:|\n| first|1|") || safe.hasPrefix(table.prefix(30)))
        #expect(safe.contains("| first     |         1 | `a  |  b`           |"))
        #expect(safe.contains("| second    |         2 | a \\| b             |"))
        #expect(safe.hasSuffix("||3 000| two  words|"))
    }

    @Test func `tables in code, and bars in prose, stay`() {
        let code =
            "```c\n// | a    | b    |\n// |------|------|\n// | 1    | 2    |\n```\nand some more words to make it long"
        #expect(safe(code) == code)
        let prose =
            "either a    |    b, or else\nc    |    d, which is no table, since it has no ruler under its head, none"
        #expect(safe(prose) == prose)
    }
}
