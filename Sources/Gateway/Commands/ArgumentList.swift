/// One option that a command takes.
package struct CommandOption: Sendable, Equatable {
    /// With its dashes: `--config`.
    package let name: String
    /// What stands for the value in the help text; nil for a switch.
    package let value: String?
    package let summary: String
    package let isRepeated: Bool

    package init(_ name: String, _ value: String? = nil, _ summary: String, isRepeated: Bool = false) {
        self.name = name
        self.value = value
        self.summary = summary
        self.isRepeated = isRepeated
    }
}

/// A command line that makes no sense: the message says what and what was perhaps meant. Exit code 64.
package struct UsageError: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

/// The words after a command's name, told apart into options and operands.
///
/// `--name value` and `--name=value` mean the same; `--` ends the options; an option that is not repeated may
/// stand only once, since which of two was meant is anybody's guess.
package struct ArgumentList: Sendable {
    private var given: [String: [String]] = [:]
    /// What is not an option, in order.
    package private(set) var operands: [String] = []

    package init(_ words: some Sequence<String>, options: [CommandOption]) throws(UsageError) {
        var words = Array(words)[...]
        while let word = words.popFirst() {
            if word == "--" {
                operands += words
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0]
            guard let option = options.first(where: { $0.name == name }) else {
                throw Self.unknown(name, among: options.map(\.name))
            }
            if option.value == nil, parts.count > 1 { throw UsageError("\(name) takes no value") }
            var value = parts.count > 1 ? parts[1] : ""
            if let kind = option.value, parts.count == 1 {
                guard let next = words.popFirst(), !next.hasPrefix("--") else {
                    throw UsageError("\(name) needs a value: \(name) \(kind)")
                }
                value = next
            }
            if given[name] != nil, !option.isRepeated { throw UsageError("\(name) is given twice") }
            given[name, default: []].append(value)
        }
    }

    /// Whether the option is there at all.
    package func has(_ name: String) -> Bool { given[name] != nil }

    /// The value of an option that may stand once.
    package subscript(_ name: String) -> String? { given[name]?.last }

    /// Every value of a repeated option, in order.
    package func all(_ name: String) -> [String] { given[name] ?? [] }

    /// Refuses operands, for commands that take none.
    package func refuseOperands() throws(UsageError) {
        if let operand = operands.first { throw UsageError("unexpected argument '\(operand)'") }
    }

    private static func unknown(_ name: String, among known: [String]) -> UsageError {
        let nearest = NearestName.of(name, among: known)
        return UsageError("unknown option \(name)" + (nearest.map { "; did you mean \($0)?" } ?? ""))
    }
}

extension ArgumentList {
    /// Reads what a command is given to work on: the file that its only operand names, or standard input for none and `-`.
    func readInput(in context: CommandContext, for command: any Command.Type) throws(UsageError) -> [UInt8]? {
        guard operands.count <= 1 else { throw UsageError("expected one file, or none for standard input") }
        let name = operands.first ?? "-"
        do throws(WholeFile.Failure) {
            return name == "-" ? try WholeFile.readStandardInput() : try WholeFile.read(name)
        } catch {
            let source = name == "-" ? "standard input" : name
            context.console.complain("gateway \(command.name): cannot read \(source): \(error)")
            return nil
        }
    }
}
