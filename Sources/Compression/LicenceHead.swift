/// The comment at the beginning of a file that says whose it is and under which licence.
enum LicenceHead {
    /// Where the code begins after such a head; nil when there is none.
    static func end(_ text: Span<UInt8>, _ index: borrowing TextLines) -> (start: Int, end: Int)? {
        var line = 0
        while line < index.count, isEmpty(text.extracting(index[line])) { line &+= 1 }
        let first = line
        var speaks = false
        if line < index.count, text.has("/*", at: index[line].lowerBound) {
            while line < index.count {
                let spelled = text.extracting(index[line])
                speaks = speaks || speaksOfRights(spelled)
                line &+= 1
                if endsComment(spelled) { break }
                if line &- first > 60 { return nil }
            }
        } else {
            while line < index.count, isComment(text.extracting(index[line])) {
                speaks = speaks || speaksOfRights(text.extracting(index[line]))
                line &+= 1
            }
        }
        guard speaks, line &- first >= 2, line &- first <= 60, line < index.count else { return nil }
        while line < index.count, isEmpty(text.extracting(index[line])) { line &+= 1 }
        guard line < index.count else { return nil }
        return (index[first].lowerBound, index[line].lowerBound)
    }

    /// The line without blanks, and without a number before it.
    private static func body(_ line: Span<UInt8>) -> Int {
        let start = NumberedLine(line).map { $0.separator == 0x09 ? $0.body : 0 } ?? 0
        return line.skipBlanks(start)
    }

    private static func isEmpty(_ line: Span<UInt8>) -> Bool {
        let body = body(line)
        return body == line.count || line[body] == 0x0D
    }

    private static func isComment(_ line: Span<UInt8>) -> Bool {
        let start = body(line)
        switch line.at(start) {
        case 0x2F: return line.at(start &+ 1) == 0x2F
        case 0x23: return line.at(start &+ 1) != 0x21 && !line.has("#include", at: start) && !line.has("#if", at: start)
        case 0x2D: return line.at(start &+ 1) == 0x2D && line.at(start &+ 2) != 0x2D
        default: return false
        }
    }

    private static func endsComment(_ line: Span<UInt8>) -> Bool {
        let end = line.trimmedEnd()
        return end >= 2 && line[end &- 1] == 0x2F && line[end &- 2] == 0x2A
    }

    private static func speaksOfRights(_ line: Span<UInt8>) -> Bool {
        for offset in 0..<line.count {
            switch line[offset] | 0x20 {
            case 0x63: if line.has("opyright", at: offset &+ 1) || line.has("OPYRIGHT", at: offset &+ 1) { return true }
            case 0x6C: if line.has("icense", at: offset &+ 1) || line.has("icence", at: offset &+ 1) { return true }
            case 0x73: if line.has("SPDX", at: offset) { return true }
            default: break
            }
        }
        return false
    }
}
