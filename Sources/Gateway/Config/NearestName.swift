/// Finds what a person meant by a name that does not exist.
package enum NearestName {
    /// The candidate that takes the fewest edits to reach, nil when none is near enough to be meant.
    ///
    /// Near enough is a third of the name's length, at least one edit; exchanging two neighbours counts as one, since
    /// that is the commonest slip. Case is not counted.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let limit = max(1, name.count / 3)
        let spelled = Array(name.lowercased().utf8.prefix(128))
        var best: (name: String, edits: Int)?
        for candidate in candidates.sorted() where abs(candidate.utf8.count - spelled.count) <= limit {
            let edits = distance(spelled, Array(candidate.lowercased().utf8))
            if edits <= limit, edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.name
    }

    /// Edits between two texts: insertions, deletions, replacements, and exchanges of neighbours.
    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        guard !first.isEmpty, !second.isEmpty else { return max(first.count, second.count) }
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in 1...first.count {
            var current = [row]
            for column in 1...second.count {
                let same = first[row - 1] == second[column - 1]
                var edits = min(last[column], current[column - 1]) + 1
                edits = min(edits, last[column - 1] + (same ? 0 : 1))
                let exchanged =
                    row > 1 && column > 1 && first[row - 1] == second[column - 2]
                    && first[row - 2] == second[column - 1]
                if exchanged { edits = min(edits, beforeLast[column - 2] + 1) }
                current.append(edits)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
