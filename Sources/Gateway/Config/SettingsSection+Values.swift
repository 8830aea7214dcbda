// The kinds of values that keys have. Each leaves `value` as it is when the key is not set or wrong.

extension SettingsSection {
    func bool(_ key: String, _ value: inout Bool) {
        take(key, "true or false", &value) { node throws(SettingsError.Problem) in
            switch node.content {
            case .bool(let value): return value
            case .plain(let text):
                switch text.lowercased() {
                case "true", "1", "yes", "on": return true
                case "false", "0", "no", "off": return false
                default: return nil
                }
            default: return nil
            }
        }
    }

    func int(_ key: String, _ value: inout Int, in range: ClosedRange<Int>, _ unit: String = "") {
        let expected = Self.expected("a whole number", unit, range.lowerBound, range.upperBound)
        take(key, expected, &value) { node throws(SettingsError.Problem) in
            guard let text = node.spelledNumber, let number = ExactDecimal.integer(text) else { return nil }
            guard range.contains(number) else {
                throw .outOfRange(found: text, expected: expected)
            }
            return number
        }
    }

    func int(_ key: String, _ value: inout Int?, in range: ClosedRange<Int>, _ unit: String = "") {
        if isNothing(key, &value) { return }
        var number = value ?? range.lowerBound
        int(key, &number, in: range, unit)
        value = number
    }

    func seconds(_ key: String, _ value: inout Duration, in range: ClosedRange<Int>) {
        var number = Int(value.components.seconds)
        int(key, &number, in: range, "seconds")
        value = .seconds(number)
    }

    func milliseconds(_ key: String, _ value: inout Duration, in range: ClosedRange<Int>) {
        let (whole, attoseconds) = value.components
        var number = Int(whole) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        int(key, &number, in: range, "milliseconds")
        value = .milliseconds(number)
    }

    func seconds(_ key: String, _ value: inout Duration?, in range: ClosedRange<Int>) {
        if isNothing(key, &value) { return }
        var time = value ?? .seconds(range.lowerBound)
        seconds(key, &time, in: range)
        value = time
    }

    func milliseconds(_ key: String, _ value: inout Duration?, in range: ClosedRange<Int>) {
        if isNothing(key, &value) { return }
        var time = value ?? .milliseconds(range.lowerBound)
        milliseconds(key, &time, in: range)
        value = time
    }

    func bool(_ key: String, _ value: inout Bool?) {
        if isNothing(key, &value) { return }
        var flag = value ?? false
        bool(key, &flag)
        value = flag
    }

    func number(_ key: String, _ value: inout Double, in range: ClosedRange<Double>, _ unit: String = "") {
        let expected = Self.expected("a number", unit, range.lowerBound.shortText, range.upperBound.shortText)
        take(key, expected, &value, show: \.shortText) { node throws(SettingsError.Problem) in
            guard let text = node.spelledNumber,
                let number = Double(text.hasPrefix("+") ? String(text.dropFirst()) : text),
                number.isFinite
            else { return nil }
            guard range.contains(number) else { throw .outOfRange(found: text, expected: expected) }
            return number
        }
    }

    /// An exact amount of dollars times ten to the power of `places`; `limit` is in whole dollars.
    func dollars(_ key: String, _ value: inout Int64?, places: Int, limit: Int64, _ unit: String) {
        if isNothing(key, &value) { return }
        let expected = Self.expected("an amount", unit, 0, limit)
        take(key, expected, &value, show: { ExactDecimal.text($0 ?? 0, places: places) }) {
            node throws(SettingsError.Problem) in
            guard let text = node.spelledNumber else { return nil }
            do throws(ExactDecimal.Refusal) {
                let amount = try ExactDecimal.scaled(text, places: places)
                let largest = try ExactDecimal.scaled("\(limit)", places: places)
                guard (0...largest).contains(amount) else { throw .tooLarge }
                return amount
            } catch {
                switch error {
                case .notANumber: return nil
                case .tooFine: throw .tooFine(found: text, unit: "10^-\(places) dollars")
                case .tooLarge: throw .outOfRange(found: text, expected: expected)
                }
            }
        }
    }

    func string(_ key: String, _ value: inout String, _ expected: String = "a text", allowEmpty: Bool = false) {
        take(key, expected, &value, show: \.quoted) { node throws(SettingsError.Problem) in
            guard let text = node.text, allowEmpty || !text.isEmpty else { return nil }
            return text
        }
    }

    func string(_ key: String, _ value: inout String?, _ expected: String = "a text") {
        if isNothing(key, &value) { return }
        var text = value ?? ""
        string(key, &text, expected)
        value = text.isEmpty ? nil : text
    }

    func strings(_ key: String, _ value: inout [String], _ expected: String = "an array of texts") {
        take(key, expected, &value, show: { "[\($0.map(\.quoted).joined(separator: ", "))]" }) {
            node throws(SettingsError.Problem) in
            guard case .array(let elements) = node.content else { return nil }
            let texts = elements.compactMap(\.text)
            return texts.count == elements.count ? texts : nil
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ value: inout Choice)
    where Choice.RawValue == String {
        let choices = Choice.allCases.map(\.rawValue)
        take(key, "one of \(choices.joined(separator: ", "))", &value, show: \.rawValue.quoted) {
            node throws(SettingsError.Problem) in
            guard let text = node.text else { return nil }
            guard let choice = Choice(rawValue: text) else { throw .notOneOf(found: text, choices: choices) }
            return choice
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ value: inout Choice?)
    where Choice.RawValue == String {
        if isNothing(key, &value) { return }
        guard var chosen = value ?? Choice.allCases.first else { return }
        choice(key, &chosen)
        value = chosen
    }

    /// A text of a form of its own, such as an address; `parse` gives nil where it has not that form.
    func parsed<Value: CustomStringConvertible>(
        _ key: String, _ value: inout Value, _ expected: String, parse: (String) -> Value?
    ) {
        take(key, expected, &value, show: \.description.quoted) { $0.text.flatMap(parse) }
    }

    func parsed<Value: CustomStringConvertible>(
        _ key: String, _ value: inout Value?, _ expected: String, parse: (String) -> Value?
    ) {
        if isNothing(key, &value) { return }
        take(key, expected, &value, show: { $0?.description.quoted ?? "null" }) { node throws(SettingsError.Problem) in
            // Unwrapped by hand: a nil of `parse` must not become the value null.
            guard let text = node.text, let parsed = parse(text) else { return nil }
            return parsed
        }
    }

    /// A secret: the text itself, `env:NAME` or `file:PATH`.
    ///
    /// - Parameter unset: What follows when the variable it names is not set, as the warning says it.
    func secret(_ key: String, _ value: inout Secret?, unset: String) {
        guard let node = ask(key), !node.isNull else { return record(key, "null") }
        guard let text = node.text else {
            // What was found stays unsaid: it may be a key without its quotes.
            return fail(key, .unsound("is not a text; expected \"env:NAME\", \"file:PATH\" or the secret in quotes"))
        }
        let isNamed = text.hasPrefix("env:") || text.hasPrefix("file:")
        record(key, isNamed ? text.quoted : "(secret)")
        value = reader.secret(text, at: path(of: key), node.origin, unset: unset)
    }

    /// One secret, or an array of them; those that name an unset variable are left out.
    func secrets(_ key: String, _ values: inout [Secret], unset: String) {
        guard let node = ask(key), !node.isNull else { return record(key, "null") }
        guard case .array(let elements) = node.content else {
            var value: Secret?
            secret(key, &value, unset: unset)
            values = value.map { [$0] } ?? []
            return
        }
        let texts = elements.compactMap(\.text)
        guard texts.count == elements.count, !texts.isEmpty else {
            return fail(key, .unsound("is no array of texts; expected [\"env:NAME\", \"file:PATH\"]"))
        }
        let shown = texts.map { $0.hasPrefix("env:") || $0.hasPrefix("file:") ? $0.quoted : "(secret)" }
        record(key, "[\(shown.joined(separator: ", "))]")
        values = texts.enumerated().compactMap { index, text in
            reader.secret(text, at: "\(path(of: key))[\(index)]", node.origin, unset: "the others are used")
        }
    }

    /// Whether `key` ends up without a value, which it then records: it is null, or absent and null by default.
    func isNothing<Value>(_ key: String, _ value: inout Value?) -> Bool {
        let node = ask(key)
        if node?.isNull == true { value = nil }
        guard node?.isNull == true || (node == nil && value == nil) else { return false }
        record(key, "null")
        return true
    }

    private static func expected(_ kind: String, _ unit: String, _ low: some Any, _ high: some Any) -> String {
        "\(kind)\(unit.isEmpty ? "" : " of \(unit)") from \(low) to \(high)"
    }

    /// Reads one key: `parse` gives nil for a value of another kind, and throws what is wrong with one of its kind.
    private func take<Value>(
        _ key: String, _ expected: String, _ value: inout Value,
        show: (Value) -> String = { "\($0)" }, parse: (LayeredValue) throws(SettingsError.Problem) -> Value?
    ) {
        if let node = ask(key) {
            do throws(SettingsError.Problem) {
                guard let parsed = try parse(node) else { throw .wrongKind(found: node.found, expected: expected) }
                value = parsed
            } catch {
                fail(key, error)
            }
        }
        record(key, show(value))
    }
}

extension SettingsError.Problem: Error {}

extension LayeredValue {
    /// The text of a string or of an untyped value.
    fileprivate var text: String? {
        switch content {
        case .string(let text), .plain(let text): text
        default: nil
        }
    }

    /// The spelling of a number or of an untyped value.
    fileprivate var spelledNumber: String? {
        switch content {
        case .number(let text), .plain(let text): text
        default: nil
        }
    }
}

extension String {
    /// As a JSON5 text, for people.
    var quoted: String {
        let escaped = replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}

extension Double {
    /// Without a fraction where there is none.
    var shortText: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
