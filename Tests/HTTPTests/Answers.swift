import TestSupport

extension RawClient {
    /// Receives `count` answers that have a length, and returns their bodies in order; then what came beside them.
    func receiveBodies(_ count: Int) throws -> [String] {
        var bodies: [String] = []
        var text = ""
        while bodies.count < count {
            if let (body, rest) = Self.splitAnswer(text) {
                bodies.append(body)
                text = rest
                continue
            }
            let more = try receive()
            if more.isEmpty { return bodies + [text, "and then the end"] }
            text += String(decoding: more, as: UTF8.self)
        }
        return text.isEmpty ? bodies : bodies + [text]
    }

    private static func splitAnswer(_ text: String) -> (body: String, rest: String)? {
        guard let headEnd = text.firstRange(of: "\r\n\r\n") else { return nil }
        let length =
            text[..<headEnd.lowerBound].split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
            .flatMap { Int($0.dropFirst(16)) } ?? 0
        let after = text[headEnd.upperBound...].utf8
        guard after.count >= length else { return nil }
        return (String(after.prefix(length)) ?? "", String(after.dropFirst(length)) ?? "")
    }
}
