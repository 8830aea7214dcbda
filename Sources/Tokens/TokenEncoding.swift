/// A published vocabulary of tokens, with its way to cut text into pieces.
package enum TokenEncoding: String, Sendable, CaseIterable {
    case o200kBase = "o200k_base"
    case cl100kBase = "cl100k_base"

    /// The SHA-256 of its rank file as OpenAI publishes it, in hex.
    package var rankFileDigest: String {
        switch self {
        case .o200kBase: "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
        case .cl100kBase: "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
        }
    }

    /// The encoding that a model's tokens are counted in: cl100k_base for GPT-4 (but not 4o, 4.1 and 4.5), GPT-3.5 and
    /// OpenAI's embeddings, o200k_base for every other.
    package init(model: String) {
        self = Self.ofOpenAI(model) ?? .o200kBase
    }

    /// Whether `model` is one of OpenAI's, so that its encoding is known. Others have vocabularies of their own, for
    /// which o200k_base is a stand-in.
    package static func isKnown(for model: String) -> Bool { ofOpenAI(model) != nil }

    /// - Parameter model: As a client names it: what goes before a slash, as with routers, or before the model that a
    ///   fine-tuned one is made from makes no difference, nor does what follows the name, such as a date.
    private static func ofOpenAI(_ model: String) -> TokenEncoding? {
        var name = model.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
        if name.hasPrefix("ft:") { name.removeFirst(3) }
        return families.first { name.hasPrefix($0.prefix) }?.encoding
    }

    /// The beginnings of names, longer ones before what they begin with.
    private static let families: [(prefix: String, encoding: TokenEncoding)] = [
        ("gpt-4o", .o200kBase), ("gpt-4.", .o200kBase), ("gpt-4", .cl100kBase), ("gpt-3.5", .cl100kBase),
        ("gpt-35", .cl100kBase), ("text-embedding-", .cl100kBase), ("gpt-", .o200kBase), ("chatgpt-", .o200kBase),
        ("o1", .o200kBase), ("o3", .o200kBase), ("o4", .o200kBase),
    ]
}
