import Foundation
import TestSupport
import Testing
import Tokens

/// The rank files that `make test` unpacks, and the tokenizers made of them.
enum Ranks {
    static let o200k = Result { try make(.o200kBase) }
    static let cl100k = Result { try make(.cl100kBase) }

    static func tokenizer(_ encoding: TokenEncoding) throws -> Tokenizer {
        switch encoding {
        case .o200kBase: try o200k.get()
        case .cl100kBase: try cl100k.get()
        }
    }

    static func path(_ encoding: TokenEncoding) -> String {
        GatewayProcess.repository + "/.build/ranks/\(encoding.rawValue).tiktoken"
    }

    private static func make(_ encoding: TokenEncoding) throws -> Tokenizer {
        guard let data = FileManager.default.contents(atPath: path(encoding)) else {
            throw Reference.Missing(description: "\(path(encoding)) is missing; run: make test")
        }
        return try Tokenizer(rankFile: Array(data).span, encoding)
    }
}

/// Another tokenizer, in Python, whose counts ours must equal.
enum Reference {
    struct Missing: Error, CustomStringConvertible { let description: String }

    /// What a text comes to.
    struct Tokens: Equatable {
        let count: Int
        /// Of the tokens' numbers.
        let hash: UInt64
    }

    /// The tokens of each text, as bytes.
    static func tokens(of texts: [[UInt8]], _ encoding: TokenEncoding) throws -> [Tokens] {
        let directory = TemporaryDirectory()
        let file = directory.path + "/texts"
        var lines = Data()
        for text in texts {
            lines += Data("\(encoding.rawValue) ".utf8)
            for byte in text { lines += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
            lines.append(0x0A)
        }
        try lines.write(to: URL(fileURLWithPath: file))
        return try run("encode", file).map { line in
            let numbers = line.split(separator: " ")
            return Tokens(count: try #require(Int(numbers[0])), hash: try #require(UInt64(numbers[1])))
        }
    }

    /// By the first of 1,024 characters: a hash of the pieces of a text of each.
    static func characters(_ encoding: TokenEncoding) throws -> [(UInt32, hash: UInt64)] {
        try run("characters", encoding.rawValue).map { line in
            let numbers = line.split(separator: " ")
            return (try #require(UInt32(numbers[0])), try #require(UInt64(numbers[1])))
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func run(_ words: String...) throws -> [String] {
        let python = GatewayProcess.repository + "/.build/venv/bin/python"
        guard FileManager.default.fileExists(atPath: python) else {
            throw Missing(description: "\(python) is missing; run: make test")
        }
        let script = GatewayProcess.repository + "/Tests/TokensTests/reference.py"
        let child = try ChildProcess(python, [script] + words, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
        let exit = child.waitForExit(atMost: .seconds(120))
        try #require(exit == 0, "\(child.errors)")
        return child.output.split(separator: "\n").map(String.init)
    }
}

/// FNV-1a, by whole numbers.
struct NumberHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ number: Int) { value = (value ^ UInt64(truncatingIfNeeded: number)) &* 0x100_0000_01B3 }
}
