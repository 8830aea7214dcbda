extension ExchangeCase {
    // MARK: Where a body ends

    static let bodies: [ExchangeCase] = [
        ExchangeCase(
            "9112 6.3, no framing, no body", "POST /a HTTP/1.1\r\nHost: a\r\n\r\n", .staysOpen, [.ok("POST /a ")]),
        ExchangeCase(
            "9112 6.3, a body that looks like a request", post("GET /no HTTP/1.1\r\nHost: a\r\n\r\n"), .staysOpen,
            [.ok("POST / GET /no HTTP/1.1\r\nHost: a\r\n\r\n")]),
        ExchangeCase(
            "9112 6.3, a chunk that looks like a request",
            chunked("1d\r\nGET /no HTTP/1.1\r\nHost: a\r\n\r\n\r\n0\r\n\r\n"), .staysOpen,
            [.ok("POST / GET /no HTTP/1.1\r\nHost: a\r\n\r\n")]),
        ExchangeCase(
            "9112 6.3, bytes after a body are the next request", post("abc") + "\0", .closes,
            [.ok("POST / abc"), .refusal(400)]),
        ExchangeCase(
            "9110 9.3.1, a body of GET", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", .staysOpen,
            [.ok("GET / ab")]),
        ExchangeCase(
            "9110 9.3.2, a body of HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", .staysOpen,
            [.head("HEAD / ab")]),
        ExchangeCase(
            "9110 9.3.5, a chunked body of DELETE",
            "DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", .staysOpen,
            [.ok("DELETE / x")]),
        ExchangeCase(
            "9110 9.3.7, a body of OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", .staysOpen,
            [.ok("OPTIONS * x")]),
        ExchangeCase(
            "9112 6.3, a body of HTTP/1.0", "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab", .closes,
            [.ok("POST / ab", connection: "close")]),
        ExchangeCase(
            "9112 6.3, of HTTP/1.0 without a length", "POST / HTTP/1.0\r\n\r\nab", .closes,
            [.ok("POST / ", connection: "close")]),
        ExchangeCase(
            "9112 2.1, a body of any bytes", post("\0\r\n\u{7F}\n\r"), .staysOpen, [.ok("POST / \0\r\n\u{7F}\n\r")]),
        ExchangeCase(
            "9110 15.5.14, more than the limit", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4097\r\n\r\nabc",
            .closes, [.refusal(413)]),
        ExchangeCase(
            "9110 15.5.14, exactly the limit", post(String(repeating: "x", count: 4096)), .staysOpen,
            [.ok("POST / " + String(repeating: "x", count: 4096))]),
        ExchangeCase(
            "9110 15.5.14, chunks over the limit",
            chunked("1001\r\n" + String(repeating: "x", count: 4097) + "\r\n0\r\n\r\n"), .closes, [.refusal(413)]),
    ]

    // MARK: One request after the other

    static let pipelines: [ExchangeCase] = [
        ExchangeCase(
            "9112 9.3.2, two at once", get("/a") + get("/b"), .staysOpen, [.ok("GET /a "), .ok("GET /b ")]),
        ExchangeCase(
            "9112 9.3.2, of every framing", get("/a") + post("x") + chunked("1\r\ny\r\n0\r\nT: z\r\n\r\n") + get("/b"),
            .staysOpen, [.ok("GET /a "), .ok("POST / x"), .ok("POST / y"), .ok("GET /b ")]),
        ExchangeCase(
            "9112 9.3.2, ten", (0..<10).map { get("/\($0)") }.joined(), .staysOpen, (0..<10).map { .ok("GET /\($0) ") }),
        ExchangeCase(
            "9112 2.2, an empty line between two", get("/a") + "\r\n" + get("/b"), .staysOpen,
            [.ok("GET /a "), .ok("GET /b ")]),
        ExchangeCase(
            "9112 2.2, an empty line after a body", post("x") + "\r\n", .staysOpen, [.ok("POST / x")]),
        ExchangeCase(
            "9112 2.2, two empty lines between two", get("/a") + "\r\n\r\n", .closes, [.ok("GET /a "), .refusal(400)]),
        ExchangeCase(
            "9110 9.3.2, HEAD and then GET", "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"), .staysOpen,
            [.head("HEAD /a "), .ok("GET /b ")]),
        ExchangeCase(
            "9110 9.1, 'head' is not HEAD", "head / HTTP/1.1\r\nHost: a\r\n\r\n", .staysOpen, [.ok("head / ")]),
        ExchangeCase(
            "9112 9.3.2, nothing after a malformed one", get("/a") + "GET /b\r\n\r\n" + get("/c"), .closes,
            [.ok("GET /a "), .refusal(400)]),
        ExchangeCase(
            "9112 6.3, nothing after both framings",
            get("/a") + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                + get("/c"), .closes, [.ok("GET /a "), .refusal(400)]),
        ExchangeCase(
            "9112 6.3, nothing after two lengths",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + get("/c"), .closes,
            [.refusal(400)]),
        ExchangeCase(
            "9112 7.1, nothing after a broken chunk", get("/a") + chunked("1\r\nxy\r\n0\r\n\r\n") + get("/c"), .closes,
            [.ok("GET /a "), .refusal(400)]),
        ExchangeCase(
            "9112 6.1, nothing after an unknown coding",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + get("/c"), .closes,
            [.refusal(501)]),
        ExchangeCase(
            "9112 3.2, nothing after a missing Host", "GET / HTTP/1.1\r\n\r\n" + get("/c"), .closes, [.refusal(400)]),
        ExchangeCase(
            "9110 9.3.6, nothing after CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n" + get("/c"), .closes,
            [.refusal(501)]),
        ExchangeCase(
            "9113 3.4, nothing after HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + get("/c"), .closes,
            [.refusal(505)]),
        ExchangeCase("9112 2.3, nothing after HTTP/0.9", "GET /a\r\n" + get("/c"), .closes, [.refusal(400)]),
        ExchangeCase(
            "9110 9.3.2, HEAD and then a malformed one", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n", .closes,
            [.head("HEAD / "), .refusal(400)]),
    ]

    // MARK: Whether the connection stays

    static let persistence: [ExchangeCase] = [
        ExchangeCase(
            "9112 9.6, close, and nothing after it", get("/a", "Connection: close\r\n") + get("/b"), .closes,
            [.ok("GET /a ", connection: "close")]),
        ExchangeCase(
            "9112 9.6, close in the second of two", get("/a") + get("/b", "Connection: Close\r\n") + get("/c"), .closes,
            [.ok("GET /a "), .ok("GET /b ", connection: "close")]),
        ExchangeCase(
            "9112 9.6, close with a body",
            "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab" + get("/b"), .closes,
            [.ok("POST / ab", connection: "close")]),
        ExchangeCase(
            "9112 9.3, HTTP/1.0 ends with its answer", "GET /a HTTP/1.0\r\n\r\n" + get("/b"), .closes,
            [.ok("GET /a ", connection: "close")]),
        ExchangeCase(
            "9112 9.3, HTTP/1.0 that asks to stay",
            "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                + "POST /b HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", .staysOpen,
            [.ok("GET /a ", connection: "keep-alive"), .ok("POST /b x", connection: "keep-alive")]),
        ExchangeCase(
            "9112 9.3, HTTP/1.0 after HTTP/1.1", get("/a") + "GET /b HTTP/1.0\r\n\r\n" + get("/c"), .closes,
            [.ok("GET /a "), .ok("GET /b ", connection: "close")]),
        ExchangeCase(
            "9110 7.6.1, Proxy-Connection means nothing here", get("/a", "Proxy-Connection: close\r\n"), .staysOpen,
            [.ok("GET /a ")]),
        ExchangeCase(
            "9112 C.2.2, Proxy-Connection keeps no HTTP/1.0", "GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n\r\n",
            .closes, [.ok("GET / ", connection: "close")]),
        ExchangeCase(
            "9110 9.3.2, HEAD of HTTP/1.0", "HEAD /a HTTP/1.0\r\n\r\n", .closes,
            [.head("HEAD /a ", connection: "close")]),
    ]

    // MARK: Expectations

    static let expectations: [ExchangeCase] = [
        ExchangeCase(
            "9110 10.1.1, a body that did not wait", post("ab", "Expect: 100-continue\r\n"), .staysOpen,
            [.ok("POST / ab")]),
        ExchangeCase(
            "9110 10.1.1, a chunked body that did not wait", chunked("1\r\nx\r\n0\r\n\r\n", "Expect: 100-continue\r\n"),
            .staysOpen, [.ok("POST / x")]),
        ExchangeCase(
            "9110 10.1.1, another expectation, whose body is no request", post(get("/no"), "Expect: tea\r\n"), .closes,
            [.refusal(417)]),
        ExchangeCase(
            "9110 10.1.1, a body too large to be asked for",
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n", .closes,
            [.refusal(413)]),
        ExchangeCase(
            "9110 10.1.1, of HTTP/1.0 with a body",
            "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", .closes,
            [.ok("POST / x", connection: "close")]),
    ]

    // MARK: Clients that shut their sending side

    static let halfClosed: [ExchangeCase] = [
        ExchangeCase("9112 9.6, after a request", get("/a"), .clientEnds, [.ok("GET /a ")]),
        ExchangeCase("9112 9.6, after two", get("/a") + post("x"), .clientEnds, [.ok("GET /a "), .ok("POST / x")]),
        ExchangeCase(
            "9112 9.6, after a chunked one", chunked("1\r\nx\r\n0\r\n\r\n"), .clientEnds, [.ok("POST / x")]),
        ExchangeCase("9112 9.6, after a malformed one", "GET /\r\n", .clientEnds, [.refusal(400)]),
        ExchangeCase("9112 8, before anything", "", .clientEnds, []),
        ExchangeCase("9112 8, in a request line", "GET / HT", .clientEnds, []),
        ExchangeCase("9112 8, before a head's last line end", "GET / HTTP/1.1\r\nHost: a\r\n\r", .clientEnds, []),
        ExchangeCase(
            "9112 8, in a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", .clientEnds, []),
        ExchangeCase("9112 8, in a chunk", chunked("5\r\nab"), .clientEnds, []),
        ExchangeCase("9112 8, before the last chunk", chunked("1\r\nx\r\n"), .clientEnds, []),
        ExchangeCase("9112 8, in the last chunk", chunked("1\r\nx\r\n0\r\n"), .clientEnds, []),
        ExchangeCase("9112 8, in the trailers", chunked("0\r\nX: y\r\n"), .clientEnds, []),
        ExchangeCase("9112 8, in the second of two", get("/a") + "GET /b", .clientEnds, [.ok("GET /a ")]),
    ]

    // MARK: Pieces

    private static func get(_ path: String, _ lines: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(lines)\r\n"
    }

    private static func post(_ body: String, _ lines: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func chunked(_ body: String, _ lines: String = "") -> String {
        "POST / HTTP/1.1\r\nHost: a\r\n\(lines)Transfer-Encoding: chunked\r\n\r\n\(body)"
    }
}
