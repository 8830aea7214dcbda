import Cache
import Tokens

/// Why a file cannot be the rank file: what is wrong with it, and how to mend it.
struct RankFileProblem: Error, CustomStringConvertible {
    let description: String
}

extension TokenCounter {
    /// Reads the rank file at `path`, which says by its digest of which encoding it is.
    ///
    /// - Parameter path: Of `tokens.ranks`; nil counts by estimate.
    /// - Throws: `RankFileProblem` when the file cannot be read or is none of those published.
    init(rankFile path: String?) throws(RankFileProblem) {
        guard let path else {
            self.init()
            return
        }
        let file: [UInt8]
        do throws(WholeFile.Failure) { file = try WholeFile.read(path, limit: Tokenizer.rankFileLimit) } catch {
            throw RankFileProblem(description: "names the file \(path), which cannot be read: \(error)")
        }
        let digest = Digest()
        digest.update(file.span.bytes)
        let found = digest.finish().description
        guard let encoding = TokenEncoding.allCases.first(where: { $0.rankFileDigest == found }) else {
            throw RankFileProblem(
                description: "names the file \(path), which is no rank file of o200k_base or cl100k_base as published "
                    + "(its SHA-256 is \(found)); fetch it again, as docs/tokens.md says, or set it to null for estimates"
            )
        }
        do throws(RankFileError) { self.init(try Tokenizer(rankFile: file.span, encoding)) } catch {
            throw RankFileProblem(description: "names the file \(path), which is damaged: \(error)")
        }
    }
}
