import Foundation
import Gateway
import TestSupport
import Testing

/// `gateway compress`, as it is typed.
struct CompressCommandTests {
    private let directory = TemporaryDirectory()

    /// A tool's result of 40 objects, indented, with what must stay around it.
    private static let request: String = {
        let list = (0..<40).map { #"  {\n    \"number\": \#($0),\n    \"name\": \"item \#($0)\"\n  }"# }
        return """
            { "model":"gpt-4o", "x" : 1.0, "messages":[{"role":"system","content":"Be   brief.  \\n\\n\\n\\nPlease."},\
            {"role":"user","content":"List them, please.   \\n\\n\\n\\nAll of them, one after the other, in order."},\
            {"role":"tool","tool_call_id":"c1","content":"[\\n\(list.joined(separator: ",\\n"))\\n]"}]}
            """
    }()

    private func file(_ text: String) throws -> String {
        let path = directory.path + "/request.json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func compress(_ text: String, _ words: String...) throws -> CommandRun {
        CommandRun(["compress"] + words + [try file(text)])
    }

    @Test func `the compressed request is all of the output, and a table of tokens all of the complaints`() throws {
        let run = try compress(Self.request)
        #expect(run.exit == 0)
        let start = try #require(Self.request.range(of: #"{"role":"user""#)).lowerBound
        #expect(run.output.hasPrefix(Self.request[..<start]))
        #expect(run.output.hasSuffix("}]\"}]}\n"))
        #expect(run.output.contains(#"{\"number\":39,\"name\":\"item 39\"}"#))
        #expect(run.output.contains(#""List them, please.\n\nAll of them"#))
        let lines = run.complaints.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains { $0.first == "json" && $0[1] == "1" && Int($0[4]) ?? 0 > 300 })
        #expect(lines.contains { $0.prefix(4) == ["must", "not", "change", "1"] && $0.suffix(2) == ["0.0", "%"] })
        #expect(lines.contains { $0.prefix(2) == ["json", "json"] && $0.last == "0" })
        #expect(run.complaints.contains("estimated (tokens.ranks names no rank file)"))
    }

    @Test func `with a rank file the tokens are exact`() throws {
        let ranks = GatewayProcess.repository + "/.build/ranks/o200k_base.tiktoken"
        let run = try compress(Self.request, "--set", "tokens.ranks=\(ranks)", "--format", "json")
        #expect(run.exit == 0)
        let totals = try #require(
            JSONSerialization.jsonObject(with: Data(run.complaints.utf8)) as? [String: Any])
        #expect(totals["exact"] as? Bool == true)
        #expect(totals["encodings"] as? [String] == ["o200k_base"])
        let before = try #require(totals["tokens_before"] as? Int)
        let after = try #require(totals["tokens_after"] as? Int)
        #expect(before - after > 300)
        let kinds = try #require(totals["kinds"] as? [[String: Any]])
        #expect(kinds.reduce(0) { $0 + ($1["tokens_before"] as? Int ?? 0) } == before)
        #expect(kinds.reduce(0) { $0 + ($1["tokens_after"] as? Int ?? 0) } == after)
        #expect(kinds.map { $0["kind"] as? String } == ["prose", "json", "protected", "rest"])
        let transforms = try #require(totals["transforms"] as? [[String: Any]])
        #expect(transforms.first?["transform"] as? String == "json")
    }

    @Test func `of JSON Lines each is a request of its own, and what is none stays in its place`() throws {
        let line = Self.request
        let run = try compress("\(line)\n\n{\"messages\":[\n[1,  2]\n\(line)\n")
        #expect(run.exit == 1)
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5 && lines.last == "")
        #expect(lines[0] == lines[3] && lines[0].utf8.count < line.utf8.count)
        #expect(lines[1] == "{\"messages\":[" && lines[2] == "[1,  2]")
        #expect(run.complaints.contains("gateway compress: line 3, column 14: not JSON: "))
        #expect(run.complaints.contains("gateway compress: line 4: no chat request: "))
        #expect(run.complaints.contains("must not change           2 "))
    }

    @Test(arguments: [
        ("{\n  \"model\": \"m\",\n  \"messages\": [}\n", "line 3, column 16: not JSON: "),
        ("{\"prompt\":\"Hello\"}", "no chat request: it has no array \"messages\"\n"), ("[]", "no chat request: "),
        ("\n \n", "the input is empty; expected a chat request\n"), ("\u{FEFF}{}", "line 1, column 1: not JSON: "),
    ])
    func `what is no request is named with its place, and nothing is passed on`(text: String, complaint: String) throws
    {
        let run = try compress(text)
        #expect(run.exit == 1)
        #expect(run.output.isEmpty)
        #expect(run.complaints.hasPrefix("gateway compress: " + complaint))
        #expect(run.complaints.split(separator: "\n").count == 1)
    }

    @Test func `input that is not UTF-8 and a file that is not there are refused`() throws {
        let path = directory.path + "/bytes"
        try Data([0x7B, 0xFF, 0x7D]).write(to: URL(fileURLWithPath: path))
        #expect(CommandRun(["compress", path]).exit == 1)
        #expect(CommandRun(["compress", path]).complaints.contains("not UTF-8"))
        let missing = CommandRun(["compress", directory.path + "/none"])
        #expect(missing.exit == 1)
        #expect(missing.complaints.contains("cannot read \(directory.path)/none: No such file or directory"))
    }

    @Test func `a request that names a member twice passes as it is, and that is no fault`() throws {
        let text = Self.request.replacing(#""x" : 1.0"#, with: #""x":1,"x":2"#)
        let run = try compress(text)
        #expect(run.exit == 0)
        #expect(run.output == text + "\n")
        #expect(run.complaints.hasPrefix("gateway compress: an object names a member twice: left as it is\n"))
    }

    @Test(arguments: [
        (["--levle", "safe"], "unknown option --levle; did you mean --level?"),
        (["--level", "off"], "--level is 'off'; expected safe or aggressive"),
        (["--references", "yes"], "--references is 'yes'; expected on or off"),
        (["--color", "on"], "--color is 'on'; expected auto, always or never"),
        (["--format", "csv"], "--format is 'csv'; expected text or json"),
        (["--min-tokens", "few"], "--min-tokens is 'few'; expected a number up to 1000000000"),
        (["one", "two"], "expected one file, or none for standard input"),
    ])
    func `a command line that makes no sense ends with 64`(words: [String], complaint: String) {
        let run = CommandRun(["compress"] + words)
        #expect(run.exit == 64)
        #expect(run.complaints.hasPrefix("gateway compress: \(complaint)\n"))
    }

    @Test func `the levels, the switches and the configuration decide what is done`() throws {
        let line = "the first of many lines that are long enough to be worth a reference when they come again"
        let block = (0..<12).map { "\($0) is \(line)" }.joined(separator: "\\n")
        let code = "```swift\\nlet a = 1  // one\\n/* two */\\nlet b = 2  // and so on, and so on, and so on\\n```"
        let list = (0..<12).map { #"{\"number\":\#($0),\"name\":\"item \#($0)\"}"# }.joined(separator: ",")
        let text = """
            {"messages":[{"role":"tool","content":"\(block)"},{"role":"tool","content":"\(block)"},\
            {"role":"user","content":"\(code)"},{"role":"tool","content":"[\(list)]"}]}
            """
        #expect(try compress(text).output.contains("[\u{2026} 10 lines same as earlier \u{2026}]"))
        for words in [["--references", "off"], ["--set", "compression.references=false"]] {
            #expect(try CommandRun(["compress"] + words + [file(text)]).output == text + "\n")
        }
        let aggressive = try compress(text, "--level", "aggressive").output
        #expect(aggressive.contains(##"{\"#cols\":[\"number\",\"name\"],\"#rows\":["##))
        #expect(aggressive.contains("// one"))
        #expect(try compress(text, "--set", "compression.level=aggressive").output == aggressive)
        #expect(try compress(text, "--set", "compression.level=aggressive", "--level", "safe").output != aggressive)
        #expect(try compress(text, "--comments").output.contains(#"let a = 1\nlet b = 2\n```"#))
        #expect(try compress(text, "--min-tokens", "100000").output == text + "\n")
    }

    @Test func `the differences say what went and why, with the tokens of each`() throws {
        let run = try compress(Self.request, "--diff", "--color", "never")
        #expect(run.exit == 0)
        let lines = run.output.split(separator: "\n").map(String.init)
        #expect(lines[0].wholeMatch(of: /message 2 \(user, prose\): \d+ → \d+ tokens/) != nil)
        #expect(lines[1].wholeMatch(of: /@@ line 1: white_space \(blanks without a meaning\), \d+ → \d+ tokens/) != nil)
        #expect(lines[2] == "-List them, please.···")
        #expect(lines.contains("+List them, please."))
        let json = try #require(lines.first { $0.hasPrefix("message 3 (tool, json): ") })
        let counts = json.split(separator: " ").compactMap { Int($0) }
        #expect(counts.count == 3 && counts[1] > counts[2])
        #expect(lines.contains("-    \"name\": \"item 0\"") && lines.contains { $0.contains("+{\"number\":0,") })
        #expect(!run.output.contains("\u{1B}") && !run.output.contains("Be   brief"))
        #expect(run.complaints.contains("in all"))
    }

    @Test func `colours come when they are asked for, and what a terminal would obey does not pass`() throws {
        let text = Self.request.replacing("List them,", with: #"\u001b[2JList\u009b them,"#)
        let run = try compress(text, "--diff", "--color", "always")
        #expect(run.output.contains("\u{1B}[31m-?[2JList? them, please.···\u{1B}[0m\n"))
        #expect(run.output.contains("\u{1B}[32m+?[2JList? them, please.\u{1B}[0m\n"))
        #expect(!run.output.contains("\u{1B}[2J") && !run.output.contains("\u{9B}"))
        let two = try compress("\(text)\n\(Self.request)", "--diff", "--color", "never").output
        #expect(two.contains("request 1, message 2") && two.contains("request 2, message 3"))
    }
}
