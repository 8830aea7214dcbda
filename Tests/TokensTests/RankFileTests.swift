import Foundation
import Testing
import Tokens

/// Rank files of our own making.
enum RankFileText {
    /// Every byte by its value, then `tokens`, by rank.
    static func of(_ tokens: [[UInt8]] = []) -> [UInt8] {
        let all = (UInt8.min...UInt8.max).map { [$0] } + tokens
        let lines = all.enumerated().map { rank, token in "\(Data(token).base64EncodedString()) \(rank)\n" }
        return Array(lines.joined().utf8)
    }
}

extension Tokenizer {
    /// A tokenizer of our own making.
    init(_ file: [UInt8], _ encoding: TokenEncoding = .o200kBase) throws(RankFileError) {
        try self.init(rankFile: file.span, encoding)
    }

    func encode(_ text: String) -> [UInt32] {
        let bytes = Array(text.utf8)
        return encode(bytes.span)
    }
}

struct RankFileTests {
    private static let malformed =
        [
            "", " ", "YQ==", "YQ== ", "YQ==1", "YQ== x", "YQ== 1 ", "YQ== 1\r", "YQ= 1", "YQ 1", "Y=== 1", "Y 1",
            "==== 1", "YR== 1", "YQ==YQ== 1", "Y!== 1", "YQ== -1", "YQ== 1234567890", "YWI=\u{E9} 1",
        ] + [String(repeating: "YWJj", count: 90) + " 1"]

    @Test func `a file's tokens are found by their ranks`() throws {
        let file = RankFileText.of(["he", "llo", "hello", " worldsand"].map { Array($0.utf8) })
        let tokenizer = try Tokenizer(file)
        #expect(tokenizer.encode("hello worldsand") == [258, 259])
        #expect(tokenizer.encode("he's") == [256, 0x27, 0x73])
        #expect(tokenizer.encode("").isEmpty)
    }

    @Test func `the last line needs no end`() throws {
        let file = RankFileText.of(["ab"].map { Array($0.utf8) })
        let tokenizer = try Tokenizer(file.dropLast())
        #expect(tokenizer.encode("ab") == [256])
    }

    @Test(arguments: malformed)
    func `a line that is none is named by its number`(line: String) {
        let lines = RankFileText.of() + Array(line.utf8) + Array("\nYWI= 300\n".utf8)
        #expect(throws: RankFileError.malformed(line: 257)) { try Tokenizer(lines) }
    }

    @Test func `a token that stands twice is refused`() {
        let file = RankFileText.of(["ab", "cd", "ab"].map { Array($0.utf8) })
        #expect(throws: RankFileError.repeated(line: 259)) { try Tokenizer(file) }
    }

    @Test func `a file that lacks a byte is refused, and so is an empty one`() {
        let file = Array(RankFileText.of().dropFirst("AA== 0\n".utf8.count))
        #expect(throws: RankFileError.incomplete(byte: 0)) { try Tokenizer(file) }
        #expect(throws: RankFileError.incomplete(byte: 0)) { try Tokenizer([]) }
    }

    @Test func `a file too large to be one is refused unread`() {
        let file = [UInt8](repeating: 0x41, count: 1 << 24 + 1)
        #expect(throws: RankFileError.tooLarge(bytes: file.count)) { try Tokenizer(file) }
    }

    @Test func `a file cut anywhere is read or refused`() {
        let file = RankFileText.of(["ab", "abc", "abcdefghi"].map { Array($0.utf8) })
        for end in file.count - 60..<file.count {
            _ = try? Tokenizer(Array(file[..<end]))
        }
    }
}
