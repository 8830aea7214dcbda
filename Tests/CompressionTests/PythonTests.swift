import Compression
import Foundation
import TestSupport
import Testing

/// Real Python, the library of the system's interpreter, without its comments: the same program.
@Suite(.timeLimit(.minutes(5))) struct PythonTests {
    private static let python = "/usr/bin/python3"

    private static func run(_ words: String...) throws -> String {
        let child = try ChildProcess(python, words, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        let exit = child.waitForExit(atMost: .seconds(120))
        try #require(exit == 0, "\(child.errors)")
        return child.output
    }

    @Test func `code without its comments is the same program`() throws {
        let library = try Self.run("-c", "import os; print(os.path.dirname(os.__file__))").dropLast()
        let names = try FileManager.default.contentsOfDirectory(atPath: String(library))
            .filter { $0.hasSuffix(".py") }.sorted()
        let directory = TemporaryDirectory()
        var shorter = 0
        var pairs = 0
        for name in names {
            guard let code = try? String(contentsOfFile: "\(library)/\(name)", encoding: .utf8),
                code.utf8.count < 30_000, code.hasSuffix("\n"), !code.contains("```"), !code.contains("~~~")
            else { continue }
            let options = CompressionOptions(usesReferences: false, dropsComments: true)
            let text = Conversation.tool("```python\n\(code)```\n").compressed(options).last[0]
            let after = text.dropFirst("```python\n".count).dropLast("```\n".count)
            try Data(code.utf8).write(to: URL(fileURLWithPath: "\(directory.path)/\(name).before"))
            try Data(after.utf8).write(to: URL(fileURLWithPath: "\(directory.path)/\(name).after"))
            pairs += 1
            if after.utf8.count < code.utf8.count { shorter += 1 }
        }
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/ast_equality.py"
        #expect(try Self.run(script, directory.path) == "\(pairs)\n")
        #expect(pairs > 50 && shorter > 30)
    }
}
