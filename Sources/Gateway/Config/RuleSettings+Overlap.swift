/// What is doubtful about rules beside one another.
extension RuleSettings {
    /// What to warn of, by the rule's place in `rules`.
    ///
    /// - Parameter keyNames: The names of `auth.keys`.
    static func doubts(about rules: [RuleSettings], keyNames: [String]) -> [(index: Int, problem: String)] {
        rules.enumerated().flatMap { index, rule in
            let problem = rule.idleness(after: rules[..<index], keyNames) ?? rule.overlap(with: rules[..<index])
            return problem.map { [(index, $0)] } ?? []
        }
    }

    /// Why the rule can never match, if so.
    private func idleness(after earlier: ArraySlice<RuleSettings>, _ keyNames: [String]) -> String? {
        if percent == 0 { return "'\(name)' never applies: its percent is 0" }
        if let rule = earlier.first(where: { $0.percent == 100 && $0.match.covers(match) }) {
            return "'\(name)' never applies: '\(rule.name)' before it takes everything that it matches; "
                + "put '\(name)' first, or narrow '\(rule.name)'"
        }
        guard !match.keys.isEmpty, !match.keys.contains(where: { key in keyNames.contains { key.matches($0.utf8) } })
        else { return nil }
        let known = keyNames.isEmpty ? "there are none" : "known: \(keyNames.sorted().joined(separator: ", "))"
        return "'\(name)' never applies: match.keys names no key of auth.keys; \(known)"
    }

    /// How its percentage and that of a rule before it act on the same requests, where a person may take them for
    /// shares of one whole.
    private func overlap(with earlier: ArraySlice<RuleSettings>) -> String? {
        guard percent < 100 else { return nil }
        for rule in earlier where rule.percent > 0 && rule.percent < 100 {
            if rule.match.covers(match) {
                let real = percent * (100 - rule.percent) / 100
                return "'\(name)' gets \(percent.shortText) % of what '\(rule.name)' before it leaves, which takes "
                    + "\(rule.percent.shortText) %: \(real.shortText) % of what it matches"
            }
            if match.covers(rule.match) {
                return "'\(name)' at \(percent.shortText) % overlaps '\(rule.name)' before it at "
                    + "\(rule.percent.shortText) %: what both match is drawn for '\(rule.name)' first"
            }
        }
        return nil
    }
}

extension RuleSettings.Match {
    /// Whether it matches every request that `other` does.
    func covers(_ other: Self) -> Bool {
        let headersCover = headers.allSatisfy { name, pattern in other.headers[name].map(pattern.covers) ?? false }
        return headersCover && Self.covers(models, other.models) && Self.covers(keys, other.keys)
            && Self.covers(paths.map(\.belowVersion), other.paths.map(\.belowVersion))
            && (tasks.isEmpty || !other.tasks.isEmpty && other.tasks.allSatisfy(tasks.contains))
    }

    private static func covers(_ patterns: [RulePattern], _ others: [RulePattern]) -> Bool {
        patterns.isEmpty
            || !others.isEmpty && others.allSatisfy { other in patterns.contains { $0.covers(other) } }
    }
}
