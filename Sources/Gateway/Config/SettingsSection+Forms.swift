import Foundation

// Values that only some keys have: files, URLs, required names, lists of numbers.

extension SettingsSection {
    /// A text that must be given.
    func required(_ key: String, _ value: inout String, _ expected: String) {
        string(key, &value, expected)
        if !isSet(key) { fail(key, .missing(expected: expected)) }
    }

    /// The path of a file that must be given and readable.
    func file(_ key: String, _ value: inout String, _ expected: String) {
        required(key, &value, expected)
        if !value.isEmpty { checkReadable(key, value) }
    }

    /// The path of a file that must be readable when it is given.
    func file(_ key: String, _ value: inout String?, _ expected: String) {
        string(key, &value, expected)
        if let value { checkReadable(key, value) }
    }

    private func checkReadable(_ key: String, _ path: String) {
        let files = FileManager.default
        if files.isReadableFile(atPath: path) { return }
        let why = files.fileExists(atPath: path) ? "cannot be read" : "does not exist"
        fail(key, .secretFile(path: path, why: why))
    }

    /// A URL that may hold a password: the text itself, `env:NAME` or `file:PATH`.
    func url(_ key: String, _ value: inout Secret?, schemes: [String]) {
        secret(key, &value, unset: "it stays off")
        guard let url = value?.value else { return }
        let isURL = schemes.contains { url.hasPrefix("\($0)://") && url.utf8.count > $0.utf8.count + 3 }
        if isURL { return }
        fail(key, .unsound("is no URL of scheme \(schemes.joined(separator: " or "))"))
        value = nil
    }

    func numbers(_ key: String, _ value: inout [Double], in range: ClosedRange<Double>) {
        guard let node = ask(key) else { return record(key, "\(value.map(\.shortText))") }
        let expected = "an array of numbers from \(range.lowerBound.shortText) to \(range.upperBound.shortText)"
        guard case .array(let elements) = node.content else {
            return fail(key, .wrongKind(found: node.found, expected: expected))
        }
        let numbers = elements.compactMap { element -> Double? in
            guard case .number(let text) = element.content, let number = Double(text), range.contains(number)
            else { return nil }
            return number
        }
        guard numbers.count == elements.count, !numbers.isEmpty else {
            return fail(key, .wrongKind(found: "an array of other things", expected: expected))
        }
        value = numbers
        record(key, "[\(numbers.map(\.shortText).joined(separator: ", "))]")
    }
}
