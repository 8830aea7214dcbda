import Testing

/// One chunked body, the clause of RFC 9112 that decides about it, and its data; nil where it is refused.
struct ChunkedCase: Sendable, CustomTestStringConvertible {
    let clause: String
    let text: String
    let data: String?

    init(_ clause: String, _ text: String, _ data: String?) {
        self.clause = clause
        self.text = text
        self.data = data
    }

    var testDescription: String { "RFC 9112 \(clause): \(text.prefix(60).debugDescription)" }
    var bytes: [UInt8] { Array(text.utf8) }
    var reading: ChunkedReading { data.map { .whole($0, left: 0) } ?? .refused(400) }

    static let accepted = [
        ChunkedCase("7.1", "5\r\nhello\r\n0\r\n\r\n", "hello"),
        ChunkedCase("7.1, no data at all", "0\r\n\r\n", ""),
        ChunkedCase("7.1, several chunks", "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n", "abcdef"),
        ChunkedCase(
            "7.1, hexadecimal in both cases", "a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
            "01234567890123456789a"),
        ChunkedCase("7.1, leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello"),
        ChunkedCase("7.1, line ends within the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
        ChunkedCase("7.1, data that looks like the end", "7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"),
        ChunkedCase("7.1.1, an extension", "2;name=value\r\nab\r\n0\r\n\r\n", "ab"),
        ChunkedCase("7.1.1, a quoted extension", "2;n=\"a;b\"\r\nab\r\n0;x\r\n\r\n", "ab"),
        ChunkedCase("7.1.1, blanks before the semicolon", "2 \t;n\r\nab\r\n0\r\n\r\n", "ab"),
        ChunkedCase("7.1.1, a token's value, and another extension", "2;n=v;m\r\nab\r\n0\r\n\r\n", "ab"),
        ChunkedCase("7.1.1, blanks around the equals sign", "2;n = \t\"v\" ; m\r\nab\r\n0\r\n\r\n", "ab"),
        ChunkedCase("7.1.1, an escaped quote in a quoted value", "2;n=\"\\\"\"\r\nab\r\n0\r\n\r\n", "ab"),
        ChunkedCase("7.1.2, a trailer", "1\r\na\r\n0\r\nX: y\r\n\r\n", "a"),
        ChunkedCase("7.1.2, several trailers, one of them empty", "1\r\na\r\n0\r\nX: y\r\nZ:\r\n\r\n", "a"),
    ]

    static let refused = [
        ChunkedCase("7.1, no size", "\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, no number", "x\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a sign", "+5\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a negative size", "-1\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a prefix", "0x5\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a blank before the size", " 5\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a blank after the size", "5 \r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, two sizes", "5 5\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a comma", "5,5\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a size of 16 digits", "1000000000000005\r\nhello", nil),
        ChunkedCase("7.1, one that wraps around 64 bits", "10000000000000005\r\nhello", nil),
        ChunkedCase("7.1, zeros beyond 15 digits", "0000000000000005\r\nhello", nil),
        ChunkedCase("7.1, a bare LF after the size", "5\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a bare CR after the size", "5\rhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a bare LF after the data", "5\r\nhello\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a bare CR after the data", "5\r\nhello\rx0\r\n\r\n", nil),
        ChunkedCase("7.1, more data than the size", "5\r\nhello!\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a bare LF at the end", "0\r\n\n", nil),
        ChunkedCase("7.1, a bare CR at the end", "0\r\n\rx", nil),
        ChunkedCase("7.1, NUL", "5\0\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, an underscore within the size", "0_5\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a tab before the size", "\t5\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, a size cut from its data", "5\r\n\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, less data than the size", "6\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1, no line end between two chunks", "1\r\na1\r\nb\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, an extension without a name", "5;\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, a second one without a name", "5;a;\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, an equals sign without a name", "5;=a\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, an equals sign without a value", "5;a=\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, two values", "5;a=b=c\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, two names", "5;a b\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, a blank at its end", "5;a \r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, a quote that does not end", "5;a=\"b\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, a line end within quotes", "5;a=\"\r\nhello\r\n0\r\n\r\n\"\r\n", nil),
        ChunkedCase("7.1.1, an escaped line end", "5;a=\"\\\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, bytes after the quotes", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, DEL in an extension", "5;a\u{7F}\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, a bare LF in an extension", "5;a\nb\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, a bare CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase("7.1.1, NUL in an extension", "5;a\0\r\nhello\r\n0\r\n\r\n", nil),
        ChunkedCase(
            "7.1.1, an extension beyond the limit", "5;" + String(repeating: "a", count: 20_000) + "\r\nhello", nil),
        ChunkedCase(
            "7.1.1, many that are small", String(repeating: "1;aaaaaaaaa\r\nx\r\n", count: 2000) + "0\r\n\r\n", nil),
        ChunkedCase("7.1.2, a trailer beyond the limit", "0\r\nX: " + String(repeating: "a", count: 20_000), nil),
        ChunkedCase("7.1.2, a trailer that is folded", "0\r\n X: y\r\n\r\n", nil),
        ChunkedCase("7.1.2, a trailer without a name", "0\r\n: y\r\n\r\n", nil),
        ChunkedCase("7.1.2, a trailer without a colon", "0\r\nGET / HTTP/1.1\r\n\r\n", nil),
        ChunkedCase("7.1.2, a blank before its colon", "0\r\nX : y\r\n\r\n", nil),
        ChunkedCase("7.1.2, a bare LF in a trailer", "0\r\nX: y\nZ: y\r\n\r\n", nil),
        ChunkedCase("7.1.2, a bare CR in a trailer", "0\r\nX: y\rZ: y\r\n\r\n", nil),
        ChunkedCase("7.1.2, a trailer folded in its second line", "0\r\nX: y\r\n z\r\n\r\n", nil),
        ChunkedCase("7.1.2, ESC in a trailer", "0\r\nX: \u{1B}\r\n\r\n", nil),
        ChunkedCase("7.1.2, NUL in a trailer's name", "0\r\nX\0: y\r\n\r\n", nil),
        ChunkedCase("7.1.2, NUL in a trailer", "0\r\nX: \0\r\n\r\n", nil),
    ]
}
