extension HeadCase {
    /// Heads that are read, with what is read from them.
    static let accepted: [HeadCase] = requestLines + targets + framings + persistence + values

    private static let requestLines: [HeadCase] = [
        line("9112 3", "GET / HTTP/1.1", .reads("GET / Host=a")),
        line("9110 9.1, any token is a method", "M-SEARCH* / HTTP/1.1", .reads("M-SEARCH* / Host=a")),
        line("9110 9.1, methods are case-sensitive", "get / HTTP/1.1", .reads("get / Host=a")),
        HeadCase(
            "9112 2.2, an empty line before the request line is ignored", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            .reads("GET / Host=a")),
        line("9110 2.5, a later minor version is read as the one we know", "GET / HTTP/1.7", .reads("GET / Host=a")),
        line("9110 2.5, 1.2 is a later minor version", "POST / HTTP/1.2", .reads("POST / Host=a")),
        line("9112 3, a method of 32 bytes", method32 + " / HTTP/1.1", .reads(method32 + " / Host=a")),
        HeadCase(
            "9112 3, a request line of 8000 bytes", "GET /" + path8000 + " HTTP/1.1\r\nHost: a\r\n\r\n",
            .reads("GET /" + path8000 + " Host=a")),
        HeadCase("9112 3.2, HTTP/1.0 needs no Host", "GET / HTTP/1.0\r\n\r\n", .reads("GET / +1.0 +close")),
    ]

    private static let method32 = String(repeating: "M", count: 32)
    private static let path8000 = String(repeating: "a", count: 8000)

    private static let targets: [HeadCase] = [
        target("9112 3.2.1, origin-form", "/v1/models?limit=2", .reads("GET /v1/models?limit=2 Host=a")),
        target("9112 3.2.1, dots stay as they are", "/a/../b//c", .reads("GET /a/../b//c Host=a")),
        target("3986 2.1, escapes stay as they are", "/%2e%2E%00/%C3%A9", .reads("GET /%2e%2E%00/%C3%A9 Host=a")),
        target("3986 3.3, every sub-delimiter", "/!$&'()*+,;=:@-._~", .reads("GET /!$&'()*+,;=:@-._~ Host=a")),
        target("3986 3.4, a query may hold '?' and brackets", "/?a[]=/?", .reads("GET /?a[]=/? Host=a")),
        target(
            "9112 3.2.2, absolute-form", "http://b/v1/x?y", .reads("GET /v1/x?y target=http://b/v1/x?y Host=a")),
        target("9110 4.2.3, schemes know no case", "HTTP://b:80/", .reads("GET / target=HTTP://b:80/ Host=a")),
        target(
            "9112 3.2.2, an absolute-form that names another host than Host", "http://b/x",
            .reads("GET /x target=http://b/x Host=a")),
        HeadCase(
            "9112 3.2.2, an absolute-form of HTTP/1.0", "GET http://b/x HTTP/1.0\r\n\r\n",
            .reads("GET /x target=http://b/x +1.0 +close")),
        target("9110 4.2.3, an absolute-form without a path", "http://b", .reads("GET  target=http://b Host=a")),
        target("3986 3.2, a query right after the authority", "http://b?q", .reads("GET ?q target=http://b?q Host=a")),
        target(
            "3986 3.2.2, an IPv6 authority", "http://[::1]:80/", .reads("GET / target=http://[::1]:80/ Host=a")),
        target("9112 3.2.4, asterisk-form", "*", method: "OPTIONS", .reads("OPTIONS * Host=a")),
        target("9110 9.3.7, OPTIONS of a path", "/v1", method: "OPTIONS", .reads("OPTIONS /v1 Host=a")),
    ]

    private static let framings: [HeadCase] = [
        fields("9110 8.6", "Content-Length: 0\r\n", .reads("GET / Host=a Content-Length=0 +length:0")),
        fields(
            "9110 8.6, names know no case", "cOnTeNt-LeNgTh: 7\r\n", .reads("GET / Host=a cOnTeNt-LeNgTh=7 +length:7")),
        fields(
            "9110 8.6, leading zeros", "Content-Length: 007\r\n", .reads("GET / Host=a Content-Length=007 +length:7")),
        fields(
            "9110 8.6, eighteen digits", "Content-Length: 999999999999999999\r\n",
            .reads("GET / Host=a Content-Length=999999999999999999 +length:999999999999999999")),
        fields("9112 7.1", "Transfer-Encoding: chunked\r\n", .reads("GET / Host=a Transfer-Encoding=chunked +chunked")),
        fields(
            "9112 7, codings know no case", "Transfer-Encoding: \t Chunked \r\n",
            .reads("GET / Host=a Transfer-Encoding=Chunked +chunked")),
        fields("9110 10.1.1", "Expect: 100-Continue\r\n", .reads("GET / Host=a Expect=100-Continue +expects")),
        fields(
            "9110 10.1.1, a list of the one expectation", "Expect: , 100-continue\r\nExpect: 100-continue\r\n",
            .reads("GET / Host=a Expect=, 100-continue Expect=100-continue +expects")),
        fields("9110 10.1.1, an empty list", "Expect:\r\n", .reads("GET / Host=a Expect=")),
        HeadCase(
            "9110 10.1.1, of HTTP/1.0 no expectation is met", "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
            .reads("GET / Expect=100-continue +1.0 +close")),
    ]

    private static let persistence: [HeadCase] = [
        fields("9112 9.6", "Connection: close\r\n", .reads("GET / Host=a Connection=close +close")),
        fields(
            "9110 7.6.1, one of a list", "Connection: x, CLOSE\t,y\r\n",
            .reads("GET / Host=a Connection=x, CLOSE\t,y +close")),
        fields(
            "9110 7.6.1, empty elements", "Connection: ,, ,close\r\n",
            .reads("GET / Host=a Connection=,, ,close +close")),
        fields(
            "9112 9.3, keep-alive is the default", "Connection: keep-alive\r\n",
            .reads("GET / Host=a Connection=keep-alive")),
        fields(
            "9110 7.6.1, 'closed' is not 'close'", "Connection: closed\r\n", .reads("GET / Host=a Connection=closed")),
        fields(
            "9110 7.6.1, two lines are one list", "Connection: x\r\nConnection: close\r\n",
            .reads("GET / Host=a Connection=x Connection=close +close")),
        fields(
            "9112 9.3, close outdoes keep-alive", "Connection: close, keep-alive\r\n",
            .reads("GET / Host=a Connection=close, keep-alive +close")),
        HeadCase(
            "9112 9.3, HTTP/1.0 asks to stay", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            .reads("GET / Connection=Keep-Alive +1.0")),
        HeadCase(
            "9112 9.3, close outdoes keep-alive of HTTP/1.0 too",
            "GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n",
            .reads("GET / Connection=close, keep-alive +1.0 +close")),
        HeadCase(
            "9112 9.3, in whichever line it stands",
            "GET / HTTP/1.0\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
            .reads("GET / Connection=close Connection=keep-alive +1.0 +close")),
        fields(
            "9110 7.8", "Connection: upgrade\r\nUpgrade: websocket\r\n",
            .reads("GET / Host=a Connection=upgrade Upgrade=websocket +upgrade")),
        fields(
            "9110 7.8, an offer of HTTP/2 may be let pass", "Connection: upgrade\r\nUpgrade: H2C\r\n",
            .reads("GET / Host=a Connection=upgrade Upgrade=H2C")),
        fields(
            "9110 7.8, one beside another", "Connection: upgrade\r\nUpgrade: h2c, websocket\r\n",
            .reads("GET / Host=a Connection=upgrade Upgrade=h2c, websocket +upgrade")),
        fields("9110 7.8, no offer", "Upgrade:\r\n", .reads("GET / Host=a Upgrade=")),
        HeadCase(
            "9110 7.8, of HTTP/1.0 no upgrade is heeded",
            "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
            .reads("GET / Connection=upgrade Upgrade=websocket +1.0 +close")),
    ]

    private static let values: [HeadCase] = [
        fields("9112 5, blanks around a value do not belong to it", "X: \t a b \t\r\n", .reads("GET / Host=a X=a b")),
        fields("9112 5, no blank is needed", "X:a\r\n", .reads("GET / Host=a X=a")),
        fields("9110 5.5, an empty value", "X:\r\nY: \t\r\n", .reads("GET / Host=a X= Y=")),
        fields("9110 5.5, obs-text is passed on unread", "X: \u{E9}\r\n", .reads("GET / Host=a X=\u{E9}")),
        fields("9110 5.5, a tab within a value", "X: a\tb\r\n", .reads("GET / Host=a X=a\tb")),
        fields(
            "9110 5.1, every token character names", "!#$%&'*+-.^_`|~09aZ: x\r\n",
            .reads("GET / Host=a !#$%&'*+-.^_`|~09aZ=x")),
        fields("9110 5.3, other fields may repeat", "X: 1\r\nX: 2\r\n", .reads("GET / Host=a X=1 X=2")),
        fields("9110 5.5, a value may hold colons", "X: a: b: c\r\n", .reads("GET / Host=a X=a: b: c")),
        HeadCase("9110 7.2, an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .reads("GET / Host=")),
        host("9110 7.2, a port", "example.com:8080", accepts: true),
        host("9110 4.2.1, an empty port", "example.com:", accepts: true),
        host("3986 3.2.2, an IPv6 address", "[2001:db8::1]:443", accepts: true),
        host("3986 3.2.2, an IPv4 address", "127.0.0.1", accepts: true),
        host("3986 3.2.2, an escape in a name", "caf%C3%A9.example", accepts: true),
    ]

    static func host(_ clause: String, _ value: String, accepts: Bool) -> HeadCase {
        HeadCase(
            clause, "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n",
            accepts ? .reads("GET / Host=\(value)") : .refuses(400))
    }
}
