/// How a language writes comments.
enum SourceLanguage: Sendable {
    /// `//` and `/* */`.
    case slashes
    case python
    /// `#`, as in shells, Ruby, YAML and Makefiles.
    case hash
    /// `--`, as in SQL, Lua and Haskell.
    case dashes
    /// `<!-- -->`.
    case markup

    /// The family of a fence's word, in lower case; nil for others.
    init?(named name: Span<UInt8>) {
        func isOne(of names: [StaticString]) -> Bool {
            for text in names where name.count == text.utf8CodeUnitCount && name.has(text, at: 0) { return true }
            return false
        }
        if isOne(of: ["python", "py", "pyi", "python3"]) {
            self = .python
        } else if isOne(of: [
            "c", "h", "cpp", "cc", "hpp", "cxx", "c++", "cs", "csharp", "go", "java", "kotlin", "kt", "scala", "swift",
            "rust", "rs", "javascript", "js", "mjs", "jsx", "typescript", "ts", "tsx", "dart", "php", "proto",
        ]) {
            self = .slashes
        } else if isOne(of: ["sh", "bash", "shell", "zsh", "ruby", "rb", "perl", "r", "toml"]) {
            self = .hash
        } else if isOne(of: ["sql", "lua", "haskell", "hs"]) {
            self = .dashes
        } else if isOne(of: ["html", "xml", "svg", "vue"]) {
            self = .markup
        } else {
            return nil
        }
    }
}
