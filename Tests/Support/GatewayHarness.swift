package import Gateway
package import Metrics
package import Platform

/// A gateway in this process, with its own data directory and free ports, before one upstream.
package final class GatewayHarness {
    private var server: GatewayServer?
    package let port: UInt16
    package let adminPort: UInt16
    package let directory = TemporaryDirectory()

    /// - Parameters:
    ///   - upstreamPort: Where the provider `openai` is reached.
    ///   - probes: Whether providers are asked if they are up; else an upstream sees nothing but the test's calls.
    ///   - events: Gets what is told of providers that go up or down.
    ///   - configure: Changes the settings, which are the defaults and the bundled catalogue, but for one attempt a call.
    package init(
        upstreamPort: UInt16, time: any TimeSource = SystemTime(), probes: Bool = false,
        events: Monitor<[ProviderEvent]> = Monitor([]), _ configure: (inout Settings) -> Void = { _ in }
    ) throws {
        var settings = try SettingsSource().load().settings
        settings.listen.address = SocketName("127.0.0.1:0")!
        settings.admin.address = SocketName("127.0.0.1:0")!
        settings.dataDirectory = directory.path
        settings.cache.maxBytes = 16 << 20
        settings.routing.retries = 0
        settings.providers = [
            "openai": ProviderSettings(name: "openai", baseURL: BaseURL("http://127.0.0.1:\(upstreamPort)/v1")!)
        ]
        configure(&settings)
        if !probes { for name in settings.providers.keys { settings.providers[name]?.health.interval = .zero } }
        let server = try GatewayServer(
            settings, loops: 2, time: time, onProviderEvent: { event in events.withLock { $0.append(event) } })
        self.server = server
        port = UInt16(server.address.split(separator: ":").last!)!
        adminPort = UInt16(server.adminAddress.split(separator: ":").last!)!
    }

    deinit { stop() }

    /// Ends the gateway; the ledger can then be read.
    package func stop() {
        // At once: clients that the test still holds have nothing more to say.
        server?.stop(patience: .seconds(5), idleGrace: .zero)
        server = nil
    }

    /// Ends the gateway and returns what its ledger holds, oldest first.
    package func records() throws -> [LedgerEntry] {
        stop()
        var entries: [LedgerEntry] = []
        try LedgerReader(directory: directory.path).forEach { entry in
            entries.append(entry)
            return true
        }
        return entries
    }

    /// Sends a chat request on a connection of its own and returns everything that came until it was closed.
    package func chat(_ body: String, headers: [String] = [], path: String = "/v1/chat/completions") throws -> Answer {
        let client = try RawClient(port: port)
        let lines = ["Host: gateway", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
        try client.send("POST \(path) HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n\(body)")
        return Answer(try client.receiveAll())
    }

    /// Sends a request without a body.
    package func get(_ path: String, headers: [String] = [], port: UInt16? = nil, method: String = "GET") throws
        -> Answer
    {
        let client = try RawClient(port: port ?? self.port)
        let lines = ["Host: gateway", "Connection: close"] + headers
        try client.send("\(method) \(path) HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n")
        return Answer(try client.receiveAll())
    }
}

/// One answer of HTTP/1.1, taken apart as far as tests need.
package struct Answer {
    package let raw: String
    package let status: Int
    /// By lower-case names.
    package let headers: [String: String]
    /// With chunks taken off.
    package let body: String
    /// Whether the body ended as its framing said it would.
    package let isWhole: Bool

    package init(_ raw: String) {
        self.raw = raw
        let parts = raw.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { headers[pair[0].lowercased()] = String(pair[1].drop { $0 == " " }) }
        }
        self.headers = headers
        let rest = parts.count > 1 ? Array(parts[1].utf8) : []
        if headers["transfer-encoding"] == "chunked" {
            (body, isWhole) = Self.dechunk(rest)
        } else {
            body = String(decoding: rest, as: UTF8.self)
            isWhole = headers["content-length"].map { Int($0) == rest.count } ?? true
        }
    }

    package subscript(_ name: String) -> String? { headers[name] }

    private static func dechunk(_ bytes: [UInt8]) -> (String, Bool) {
        var rest = bytes[...]
        var body: [UInt8] = []
        while let end = rest.firstIndex(of: 10) {
            let size = Int(String(decoding: rest[..<end].dropLast(), as: UTF8.self), radix: 16) ?? -1
            rest = rest[(end + 1)...]
            if size == 0 { return (String(decoding: body, as: UTF8.self), Array(rest) == [13, 10]) }
            guard size > 0, rest.count >= size + 2 else { break }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        return (String(decoding: body, as: UTF8.self), false)
    }
}

/// Answers that an OpenAI-compatible upstream gives, for scripts of `RawServer`.
package enum Canned {
    package static let completion = """
        {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[{"index":0,"message":\
        {"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2,\
        "total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}}}
        """

    package static func json(_ body: String, status: String = "200 OK", headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    package static let streamHead =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

    package static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    package static func event(_ content: String) -> String {
        "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(content)\"},\"finish_reason\":null}]}\n\n"
    }

    package static let finish =
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    package static let usage =
        "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12}}\n\n"
    package static let done = "data: [DONE]\n\n"
}
