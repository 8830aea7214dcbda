/// Why a request cannot be told in a provider's dialect.
enum TranslationProblem: Error, Equatable {
    /// It asks for something that the provider has no counterpart for, and that an answer without would not be what was
    /// asked; the parameter by its path.
    case unsupported(parameter: String)
    /// It is no request that can be told in any dialect; the parameter by its path, and what was expected.
    case malformed(parameter: String, expected: String)

    /// As a client is told.
    var message: String {
        switch self {
        case .unsupported(let parameter):
            "'\(parameter)' has no counterpart at the provider of this model; leave it out, or name another model."
        case .malformed(let parameter, let expected): "'\(parameter)' is malformed; expected \(expected)."
        }
    }

    /// The parameter at fault.
    var parameter: String {
        switch self {
        case .unsupported(let parameter), .malformed(let parameter, _): parameter
        }
    }
}
