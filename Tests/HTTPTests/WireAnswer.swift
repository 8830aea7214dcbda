/// One answer as it stood on the wire, as far as HTTP's rules decide about it.
struct WireAnswer: Equatable, Sendable, CustomStringConvertible {
    var status: Int
    /// What Content-Length says.
    var length: Int?
    var body: String
    /// What Connection says.
    var connection: String?
    /// Lines that give a date: one in every answer, none in an interim one.
    var dates = 1

    var description: String {
        "\(status) length \(length.map(String.init) ?? "none"), connection \(connection ?? "none"), \(dates) dates: \(body)"
    }

    /// The answer of `TestServer.echo`.
    static func ok(_ body: String, connection: String? = nil) -> WireAnswer {
        WireAnswer(status: 200, length: body.utf8.count, body: body, connection: connection)
    }

    /// What HEAD is answered with where another method is answered with `body`.
    static func head(_ body: String, connection: String? = nil) -> WireAnswer {
        WireAnswer(status: 200, length: body.utf8.count, body: "", connection: connection)
    }

    /// `TestServer`'s last word.
    static func refusal(_ status: Int) -> WireAnswer {
        WireAnswer(status: status, length: 7, body: "refused", connection: "close")
    }

    /// Whether the length stated is that of another method's answer.
    var isToHead: Bool { body.isEmpty && length ?? 0 > 0 }

    /// Takes apart what came on a connection; what is no answer, or follows the last, comes out as a status of 0.
    ///
    /// - Parameter expected: Says which answers are to HEAD, and so have no body.
    static func list(_ received: String, like expected: [WireAnswer]) -> [WireAnswer] {
        var answers: [WireAnswer] = []
        var rest = received.utf8[...]
        while !rest.isEmpty {
            let isToHead = answers.count < expected.count && expected[answers.count].isToHead
            guard let (answer, length) = first(in: Substring(rest), isToHead: isToHead) else {
                return answers + [WireAnswer(status: 0, body: String(Substring(rest)), dates: 0)]
            }
            // An interim answer is one more than the test counts on.
            if answer.status != 100 { answers.append(answer) }
            rest = rest.dropFirst(length)
        }
        return answers
    }

    private static func first(in text: Substring, isToHead: Bool) -> (answer: WireAnswer, bytes: Int)? {
        guard text.hasPrefix("HTTP/1.1 "), let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = Int(lines[0].dropFirst(9).prefix(3)) else { return nil }
        func values(_ name: String) -> [String] {
            lines.dropFirst().filter { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
        }
        let length = values("content-length").first.flatMap { Int($0) }
        let after = text[end.upperBound...].utf8
        let bodyLength = isToHead || status < 200 ? 0 : length ?? after.count
        guard after.count >= bodyLength else { return nil }
        let answer = WireAnswer(
            status: status, length: length, body: String(after.prefix(bodyLength)) ?? "",
            connection: values("connection").first, dates: values("date").count)
        return (answer, text.utf8.count - after.count + bodyLength)
    }
}
