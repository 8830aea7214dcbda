/// A published vocabulary of tokens, with its way to cut text into pieces.
package enum TokenEncoding: String, Sendable, CaseIterable {
    case o200kBase = "o200k_base"
    case cl100kBase = "cl100k_base"

    /// The SHA-256 of its published rank file, in hex.
    package var rankFileDigest: String {
        switch self {
        case .o200kBase: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
        case .cl100kBase: "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
        }
    }

    /// The encoding of a model's texts: cl100k_base for GPT-4 (not 4o, 4.1, 4.5), GPT-3.5 and OpenAI's embeddings,
    /// o200k_base for every other. Models of other makers have vocabularies of their own, to which o200k_base is near.
    ///
    /// - Parameter model: As a client names it; a provider's prefix up to the last slash and a date after the name make
    ///   no difference.
    package init(model: String) {
        let name = (model.split(separator: "/").last ?? "").lowercased()
        let older = ["gpt-4", "gpt-3.5", "gpt-35", "text-embedding-"]
        let newer = ["gpt-4o", "gpt-4.1", "gpt-4.5"]
        let isOlder = older.contains { name.hasPrefix($0) } && !newer.contains { name.hasPrefix($0) }
        self = isOlder ? .cl100kBase : .o200kBase
    }
}
