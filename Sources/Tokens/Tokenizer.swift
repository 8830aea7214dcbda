/// Counts the tokens of texts exactly, by the rank file of an encoding.
///
/// Text is cut into pieces (`PieceScanner`); a piece that is a token, as nine in ten are, is found by one look-up
/// (`RankTable`), and any other is put together from its bytes (`PairMerger`). Names of special tokens, such as
/// `<|endoftext|>`, count as the text that they are. A value is immutable and may be used by several threads at once.
package struct Tokenizer: Sendable {
    package let encoding: TokenEncoding
    /// The largest rank file that is read, in bytes.
    package static let rankFileLimit = RankFile.sizeLimit

    private let ranks: RankTable
    private let characters = CharacterTable()

    /// Reads a rank file.
    ///
    /// - Parameters:
    ///   - file: Its bytes, in the format of tiktoken; that they are what the encoding's publisher made of it is for the
    ///     caller to check, by `TokenEncoding.rankFileDigest`.
    ///   - encoding: Which encoding it belongs to.
    /// - Throws: `RankFileError` when the bytes are no rank file.
    package init(rankFile file: Span<UInt8>, _ encoding: TokenEncoding) throws(RankFileError) {
        self.encoding = encoding
        ranks = try RankTable(rankFile: file)
    }

    /// The number of tokens of `text`.
    ///
    /// - Parameter text: UTF-8; what is not valid counts as if it had been decoded with replacement: U+FFFD for each
    ///   longest beginning of a character that does not go on, and for each byte that begins none.
    package func count(_ text: Span<UInt8>) -> Int {
        guard Self.isValid(text) else { return count(valid: Array(Self.repaired(text).utf8).span) }
        return count(valid: text)
    }

    private func count(valid text: Span<UInt8>) -> Int {
        let table = ranks.view
        let scanner = PieceScanner(text, characters.view, encoding)
        var merger = PairMerger()
        var tokens = 0
        var start = 0
        while start < text.count {
            let end = scanner.pieceEnd(from: start)
            let isToken = table.rank(of: start..<end, in: text) != RankTable.none
            tokens &+= isToken ? 1 : merger.count(start..<end, of: text, table)
            start = end
        }
        return tokens
    }

    /// The tokens of `text` by their ranks; for tests, as it takes the square of the time for a long word without blanks.
    package func encode(_ text: Span<UInt8>) -> [UInt32] {
        guard Self.isValid(text) else { return encode(valid: Array(Self.repaired(text).utf8).span) }
        return encode(valid: text)
    }

    private func encode(valid text: Span<UInt8>) -> [UInt32] {
        let scanner = PieceScanner(text, characters.view, encoding)
        var merger = PairMerger()
        var tokens: [UInt32] = []
        var start = 0
        while start < text.count {
            let end = scanner.pieceEnd(from: start)
            let rank = ranks.view.rank(of: start..<end, in: text)
            if rank != RankTable.none {
                tokens.append(rank)
            } else {
                merger.encode(start..<end, of: text, ranks.view, into: &tokens)
            }
            start = end
        }
        return tokens
    }

    private static func isValid(_ text: Span<UInt8>) -> Bool {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: text)
            return true
        } catch { return false }
    }

    private static func repaired(_ text: Span<UInt8>) -> String {
        // The bytes are read within the closure only.
        unsafe text.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
