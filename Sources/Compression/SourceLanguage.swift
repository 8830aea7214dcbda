/// How a language writes comments, strings, and whatever else might be taken for one of them.
enum SourceLanguage: Sendable {
    /// `//` and `/* */`; single quotes are of characters.
    case c
    /// The same with interpolation `\(…)` and raw strings `#"…"#`.
    case swift
    /// The same with interpolation `${…}`.
    case kotlin
    /// The same with single-quoted strings, templates in backticks, and regular expressions in slashes.
    case script
    /// `#` anywhere.
    case python
    /// `#` after a blank; strings with `$(…)` and `${…}` in them.
    case shell
    /// `#` after a blank.
    case hash
    /// `--` after a blank.
    case dashes
    /// `<!-- -->`.
    case markup

    private static let names: [(language: SourceLanguage, names: [StaticString])] = [
        (.python, ["python", "py", "pyi", "python3"]), (.swift, ["swift"]),
        (.script, ["javascript", "js", "mjs", "cjs", "jsx", "typescript", "ts", "tsx"]),
        (.c, ["c", "h", "cpp", "cc", "hpp", "cxx", "c++", "cs", "csharp", "go", "java", "rust", "rs", "proto"]),
        (.kotlin, ["kotlin", "kt", "scala", "dart"]), (.shell, ["sh", "bash", "shell", "zsh"]),
        (.hash, ["r", "toml"]), (.dashes, ["sql", "lua", "haskell", "hs"]),
        (.markup, ["html", "xml", "svg", "vue"]),
    ]

    /// The language of a fence's word, in lower case; nil for others.
    init?(named name: Span<UInt8>) {
        for (language, names) in Self.names {
            for text in names where name.count == text.utf8CodeUnitCount && name.has(text, at: 0) {
                self = language
                return
            }
        }
        return nil
    }

    var hasSlashes: Bool {
        switch self {
        case .c, .swift, .kotlin, .script: true
        case .python, .shell, .hash, .dashes, .markup: false
        }
    }
}
