/// What differs between the lines of two texts of which one came from the other.
///
/// Where they part, the first of the new lines that the old ones still hold is where they meet again. That finds few
/// lines more than the least that differ, since compression leaves lines in their order, and takes time in proportion
/// to the lines, whatever they are.
package struct LineDifferences {
    /// Old lines, and the new ones in their place.
    package struct Hunk {
        package let old: Range<Int>
        package let new: Range<Int>
    }

    private let old: [Substring]
    private let new: [Substring]
    /// Where each line stands among the old ones, the nearest last.
    private var places: [Substring: [Int]] = [:]

    private init(_ old: [Substring], _ new: [Substring]) {
        self.old = old
        self.new = new
        for index in old.indices.reversed() { places[old[index], default: []].append(index) }
    }

    /// The hunks in order; none of them begins or ends with a line that stays.
    package static func between(_ old: [Substring], _ new: [Substring]) -> [Hunk] {
        var differences = LineDifferences(old, new)
        return differences.hunks()
    }

    private mutating func hunks() -> [Hunk] {
        var hunks: [Hunk] = []
        var left = 0
        var right = 0
        while true {
            while left < old.count, right < new.count, old[left] == new[right] {
                left += 1
                right += 1
            }
            if left == old.count, right == new.count { return hunks }
            let (leftEnd, rightEnd) = meeting(left, right)
            var hunk = Hunk(old: left..<leftEnd, new: right..<rightEnd)
            while let last = hunk.old.last, let newLast = hunk.new.last, old[last] == new[newLast] {
                hunk = Hunk(old: left..<last, new: right..<newLast)
            }
            hunks.append(hunk)
            left = leftEnd
            right = rightEnd
        }
    }

    /// Where the texts meet again after lines that differ; their ends when they do not.
    private mutating func meeting(_ left: Int, _ right: Int) -> (Int, Int) {
        for line in right..<new.count where new[line].count > 2 {
            if let place = next(of: new[line], from: left) { return (place, line) }
        }
        return (old.count, new.count)
    }

    /// The next place of an old line; places before are forgotten, as nobody asks for them again.
    private mutating func next(of line: Substring, from start: Int) -> Int? {
        guard var rest = places.removeValue(forKey: line) else { return nil }
        while let nearest = rest.last, nearest < start { rest.removeLast() }
        defer { places[line] = rest }
        return rest.last
    }
}
