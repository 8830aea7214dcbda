import HTTP

extension HeadCase {
    /// Heads that are refused, with the status that says so.
    static let refused: [HeadCase] = requestLinesRefused + targetsRefused + fieldsRefused + framingsRefused + limits

    private static let requestLinesRefused: [HeadCase] = [
        line("9112 3, a request of HTTP/0.9", "GET /", .refuses(400)),
        line("9112 2.3, HTTP/0.9 by name", "GET / HTTP/0.9", .refuses(505)),
        line("9110 2.5, another major version", "GET / HTTP/2.0", .refuses(505)),
        HeadCase("9113 3.4, HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .refuses(505)),
        line("9112 2.3, the name is upper case", "GET / http/1.1", .refuses(400)),
        line("9112 2.3, one digit each", "GET / HTTP/1.10", .refuses(400)),
        line("9112 2.3, digits alone", "GET / HTTP/1.x", .refuses(400)),
        line("9112 2.3, both of them", "GET / HTTP/1", .refuses(400)),
        line("9112 2.3, a point between them", "GET / HTTP/1,1", .refuses(400)),
        line("9112 2.3, another protocol", "GET / SIP/2.0", .refuses(400)),
        line("9112 3, one space", "GET  / HTTP/1.1", .refuses(400)),
        line("9112 3, one space before the version", "GET /  HTTP/1.1", .refuses(400)),
        line("9112 3, spaces, not tabs", "GET\t/\tHTTP/1.1", .refuses(400)),
        line("9112 3, nothing after the version", "GET / HTTP/1.1 ", .refuses(400)),
        line("9112 3, nothing before the method", " GET / HTTP/1.1", .refuses(400)),
        line("9110 9.1, a method is a token", "G(T / HTTP/1.1", .refuses(400)),
        line("9112 3, a method is needed", "/ HTTP/1.1", .refuses(400)),
        line("9112 3, a target is needed", "GET HTTP/1.1", .refuses(400)),
        HeadCase("9112 2.2, one empty line at most", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .refuses(400)),
        HeadCase("9112 2.2, a bare LF ends no line", "GET / HTTP/1.1\nHost: a\n\n", .refuses(400)),
        HeadCase("9112 2.2, nor does one before the request", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .refuses(400)),
        HeadCase("9112 2.2, a bare CR ends no line", "GET / HTTP/1.1\rHost: a\r\n\r\n", .refuses(400)),
        HeadCase("9112 2.2, CR CR LF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .refuses(400)),
        HeadCase("8446 5.1, a TLS greeting", bytes: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3], .refuses(400)),
        HeadCase("9112 3, NUL", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", .refuses(400)),
    ]

    private static let targetsRefused: [HeadCase] = [
        target("9112 3.2, neither form", "v1/models", .refuses(400)),
        target("9112 3.2, a fragment", "/a#b", .refuses(400)),
        target("3986 2, a quote", "/a\"b", .refuses(400)),
        target("3986 2, a backslash", "/a\\b", .refuses(400)),
        target("3986 2, angle brackets", "/<a>", .refuses(400)),
        target("3986 2, bytes beyond ASCII", "/\u{E9}", .refuses(400)),
        target("3986 2.1, half an escape", "/a%2", .refuses(400)),
        target("3986 2.1, an escape that is none", "/%zz", .refuses(400)),
        target("3986 2.1, the end in an escape", "/%", .refuses(400)),
        target("9112 3.2.3, authority-form", "a:443", method: "CONNECT", .refuses(501)),
        target("9112 3.2.3, authority-form is CONNECT's alone", "a:443", .refuses(400)),
        target("9112 3.2.4, '*' is OPTIONS' alone", "*", .refuses(400)),
        target("9110 9.1, 'options' is not OPTIONS", "*", method: "options", .refuses(400)),
        target("9110 4.2, another scheme", "ftp://b/", .refuses(400)),
        target("9110 4.2.1, an empty host", "http:///x", .refuses(400)),
        target("9110 4.2.1, nothing after the scheme", "http://", .refuses(400)),
        target("9110 4.2.4, user information", "http://u:p@b/", .refuses(400)),
        target("3986 3.2.3, a port of letters", "http://b:x/", .refuses(400)),
        target("3986 3.2.2, an open bracket", "http://[::1/", .refuses(400)),
    ]

    private static let fieldsRefused: [HeadCase] = [
        fields("9112 5.1, no blank before the colon", "X : a\r\n", .refuses(400)),
        fields("9112 5.1, no tab before the colon", "X\t: a\r\n", .refuses(400)),
        fields("9112 5.1, not before Content-Length's either", "Content-Length : 0\r\n", .refuses(400)),
        fields("9112 5.2, a folded line", "X: a\r\n b\r\n", .refuses(400)),
        fields("9112 5.2, folded with a tab", "X: a\r\n\tb\r\n", .refuses(400)),
        HeadCase("9112 2.2, a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .refuses(400)),
        fields("9112 5, a name is needed", ": a\r\n", .refuses(400)),
        fields("9112 5, a colon is needed", "X\r\n", .refuses(400)),
        fields("9110 5.1, a name is a token", "X Y: a\r\n", .refuses(400)),
        fields("9110 5.1, no bytes beyond ASCII in a name", "\u{E9}: a\r\n", .refuses(400)),
        fields("9110 5.1, no NUL in a name", "X\0: a\r\n", .refuses(400)),
        fields("9110 5.5, no NUL in a value", "X: a\0b\r\n", .refuses(400)),
        fields("9110 5.5, no bare CR in a value", "X: a\rb\r\n", .refuses(400)),
        fields("9110 5.5, no CR at its end", "X: a\r\r\n", .refuses(400)),
        fields("9110 5.5, no other control byte", "X: a\u{1B}b\r\n", .refuses(400)),
        fields("9110 5.5, no DEL", "X: a\u{7F}\r\n", .refuses(400)),
        fields("9112 2.2, no bare LF", "X: a\nY: b\r\n", .refuses(400)),
        HeadCase("9112 2.2, no bare LF at the head's end", "GET / HTTP/1.1\r\nHost: a\r\n\n", .refuses(400)),
        HeadCase("9112 3.2, no Host", "GET / HTTP/1.1\r\nX: a\r\n\r\n", .refuses(400)),
        HeadCase("9112 3.2, no Host beside an absolute-form", "GET http://a/ HTTP/1.1\r\n\r\n", .refuses(400)),
        fields("9112 3.2, two Hosts", "Host: b\r\n", .refuses(400)),
        fields("9112 3.2, twice the same Host", "host: a\r\n", .refuses(400)),
        host("9112 3.2, a Host with a path", "a/b", accepts: false),
        host("9112 3.2, with user information", "u@a", accepts: false),
        host("9112 3.2, with a blank", "a b", accepts: false),
        host("9112 3.2, two in a list", "a, b", accepts: false),
        host("9112 3.2, beyond ASCII", "\u{E9}", accepts: false),
        host("9112 3.2, a port of letters", "a:b", accepts: false),
        host("9112 3.2, two ports", "a:80:80", accepts: false),
        host("9112 3.2, an open bracket", "[::1", accepts: false),
        host("9112 3.2, bytes after the bracket", "[::1]x", accepts: false),
        host("9112 3.2, half an escape", "a%2", accepts: false),
    ]

    private static let framingsRefused: [HeadCase] = [
        fields("9112 6.3, both framings", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", .refuses(400)),
        fields("9112 6.3, in either order", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", .refuses(400)),
        fields(
            "9112 6.3, with a length of 0 too", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", .refuses(400)),
        fields("9112 6.3, two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n", .refuses(400)),
        fields("9110 8.6, twice the same length", "Content-Length: 5\r\nContent-Length: 5\r\n", .refuses(400)),
        fields("9110 8.6, a list of lengths", "Content-Length: 5, 5\r\n", .refuses(400)),
        fields("9110 8.6, a sign", "Content-Length: +5\r\n", .refuses(400)),
        fields("9110 8.6, a negative length", "Content-Length: -1\r\n", .refuses(400)),
        fields("9110 8.6, hexadecimal", "Content-Length: 0x5\r\n", .refuses(400)),
        fields("9110 8.6, a fraction", "Content-Length: 5.0\r\n", .refuses(400)),
        fields("9110 8.6, a blank within", "Content-Length: 1 2\r\n", .refuses(400)),
        fields("9110 8.6, nothing", "Content-Length:\r\n", .refuses(400)),
        fields("9110 8.6, other digits", "Content-Length: \u{0665}\r\n", .refuses(400)),
        fields("9110 8.6, more than can be counted", "Content-Length: 18446744073709551621\r\n", .refuses(400)),
        fields("9112 6.1, a coding that we lack", "Transfer-Encoding: gzip, chunked\r\n", .refuses(501)),
        fields("9112 6.3, chunked is not the last", "Transfer-Encoding: chunked, gzip\r\n", .refuses(400)),
        fields("9112 6.1, chunked twice", "Transfer-Encoding: chunked, chunked\r\n", .refuses(400)),
        fields(
            "9112 6.1, chunked in two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            .refuses(400)),
        fields(
            "9112 6.3, chunked and then another line", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
            .refuses(400)),
        fields("9112 7, identity is gone", "Transfer-Encoding: identity\r\n", .refuses(400)),
        fields("9112 6.1, nearly chunked", "Transfer-Encoding: xchunked\r\n", .refuses(400)),
        fields("9112 7.1, chunked takes no parameter", "Transfer-Encoding: chunked;q=1\r\n", .refuses(400)),
        fields("9112 6.1, quoted", "Transfer-Encoding: \"chunked\"\r\n", .refuses(400)),
        fields("9112 6.1, nothing", "Transfer-Encoding:\r\n", .refuses(400)),
        fields("9112 6.1, an empty element", "Transfer-Encoding: ,chunked\r\n", .refuses(400)),
        fields("9110 5.5, a control byte before it", "Transfer-Encoding: \u{0B}chunked\r\n", .refuses(400)),
        HeadCase(
            "9112 6.1, HTTP/1.0 knows no codings", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            .refuses(400)),
        fields("9110 10.1.1, another expectation", "Expect: 200-ok\r\n", .refuses(417)),
        fields("9110 10.1.1, a second expectation", "Expect: 100-continue, x\r\n", .refuses(417)),
    ]

    private static let limits: [HeadCase] = [
        HeadCase(
            "9112 3, a target beyond the limit", "GET /" + long(200) + " HTTP/1.1\r\nHost: a\r\n\r\n", limit: 100,
            .refuses(414)),
        HeadCase("9112 3, one without an end", "GET /" + long(200), limit: 100, .refuses(414)),
        HeadCase(
            "9110 5.4, fields beyond the limit", "GET / HTTP/1.1\r\nHost: a\r\nX: " + long(200) + "\r\n\r\n",
            limit: 100, .refuses(431)),
        HeadCase("9110 5.4, a field without an end", "GET / HTTP/1.1\r\nHost: " + long(200), limit: 100, .refuses(431)),
        HeadCase(
            "9110 5.4, too many fields",
            "GET / HTTP/1.1\r\n" + String(repeating: "X:\r\n", count: RequestParser.fieldLimit + 1) + "\r\n",
            .refuses(431)),
    ]

    private static func long(_ count: Int) -> String { String(repeating: "a", count: count) }
}
