import HTTP
import Platform
import TestSupport

/// The transports that every test of calls runs over.
enum TransportKind: CaseIterable, Sendable {
    case native, nativeOverTLS, curl, curlOverTLS

    static let plain = [native, curl]
    var isCurl: Bool { self == .curl || self == .curlOverTLS }
    var isOverTLS: Bool { self == .nativeOverTLS || self == .curlOverTLS }
}

/// A transport on a loop of its own, asked by tests as the gateway asks it.
actor UpstreamClient {
    nonisolated let loop: EventLoop
    nonisolated let clock = ManualClock()
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let thread: WorkerThread
    private let kind: TransportKind
    private let connectionLimit: Int
    private var transport: (any UpstreamTransport)?
    private var origins: [String: UpstreamOrigin] = [:]
    private var fronts: [UInt16: TLSFront] = [:]
    /// The call in hand.
    private(set) var exchange: (any UpstreamExchange)?
    /// The body of the latest call that has one in pieces.
    private(set) var upload: PiecewiseBody?

    static let second: UInt64 = 1_000_000_000
    static let timeouts = UpstreamTimeouts(
        connect: 5 * second, firstByte: 20 * second, idle: 10 * second, total: 60 * second)

    /// What to ask for; the rest is as a GET without a body.
    struct Request: Sendable {
        var method = "GET"
        var target = "/"
        var headers = ""
        var body: String?
        /// Makes the body come in pieces that the test adds to `upload`; of this length, or in chunks for nil.
        var upload: Int??
        var host = "127.0.0.1"
        /// Asks by TLS, and whom it trusts then; by default those that signed what the test's own servers show.
        var trust: Trust?
    }

    enum Trust: Sendable {
        case system
        case file(String)

        var file: String? { if case .file(let path) = self { path } else { nil } }
    }

    struct Answer: Equatable, Sendable {
        var status: Int
        var fields: [String]
        var body: String
        /// Why there is not all of it.
        var failure: UpstreamFailure.Kind?
    }

    init(_ kind: TransportKind, connectionLimit: Int = 8) throws {
        self.kind = kind
        self.connectionLimit = connectionLimit
        loop = try EventLoop(time: clock)
        thread = loop.start(name: "test-upstream")
    }

    /// Makes the call and reads its answer to the end.
    nonisolated func ask(_ upstream: RawServer, _ request: Request = Request()) async -> Answer {
        let answer = await ask(port: upstream.port, request)
        // Until here it must listen.
        return withExtendedLifetime(upstream) { answer }
    }

    /// Makes the call to whoever listens on the port, if anyone does.
    nonisolated func ask(port: UInt16, _ request: Request = Request()) async -> Answer {
        await Task(executorPreference: loop) { await self.call(await self.entrance(to: port), request) }.value
    }

    /// Makes the call and reads its answer as `read` does, on the loop.
    nonisolated func ask<Result: Sendable>(
        _ upstream: RawServer, _ request: Request = Request(),
        reading read: @escaping @Sendable (any UpstreamExchange) async throws -> Result
    ) async throws -> Result {
        let result = try await ask(port: upstream.port, request, reading: read)
        return withExtendedLifetime(upstream) { result }
    }

    nonisolated func ask<Result: Sendable>(
        port: UInt16, _ request: Request = Request(),
        reading read: @escaping @Sendable (any UpstreamExchange) async throws -> Result
    ) async throws -> Result {
        try await Task(executorPreference: loop) {
            try await self.call(await self.entrance(to: port), request, read)
        }.value
    }

    /// The port to ask for a plain server: its own or, over TLS, that of what ends TLS before it.
    func entrance(to port: UInt16) async -> UInt16 {
        guard kind.isOverTLS else { return port }
        if fronts[port] == nil {
            let front = try! await TLSFront(before: port)
            // Another call may have made one meanwhile.
            if fronts[port] == nil { fronts[port] = front } else { await front.stop() }
        }
        return fronts[port]!.port
    }

    private func call<Result: Sendable>(
        _ port: UInt16, _ request: Request, _ read: @Sendable (any UpstreamExchange) async throws -> Result
    ) async throws -> Result {
        let body = ByteBuffer(request.body ?? "")
        let exchange = begin(port, request, body)
        self.exchange = exchange
        defer {
            if self.exchange === exchange { self.exchange = nil }
            exchange.finish()
        }
        return try await read(exchange)
    }

    private func call(_ port: UInt16, _ request: Request) async -> Answer {
        let body = ByteBuffer(request.body ?? "")
        let exchange = begin(port, request, body)
        self.exchange = exchange
        defer {
            if self.exchange === exchange { self.exchange = nil }
            exchange.finish()
        }
        var answer = Answer(status: 0, fields: [], body: "", failure: nil)
        do throws(UpstreamFailure) {
            try await exchange.waitForHead()
            answer.status = exchange.head.status
            answer.fields = exchange.head.text
            while try await exchange.read() {}
        } catch { answer.failure = error.kind }
        answer.body = String(decoding: exchange.received.bytes, as: UTF8.self)
        return answer
    }

    private func begin(
        _ port: UInt16, _ request: Request, _ body: borrowing ByteBuffer
    ) -> any UpstreamExchange {
        let transport = transport ?? makeTransport()
        self.transport = transport
        let name = "\(request.host):\(port)"
        let trust = request.trust ?? (kind.isOverTLS ? .file(TestCertificates.shared.authority) : nil)
        let origin =
            origins[name]
            ?? UpstreamOrigin(
                scheme: trust == nil ? "http" : "https", host: request.host, port: port,
                connectionLimit: connectionLimit, certificateFile: trust?.file)
        origins[name] = origin
        var upstream = UpstreamRequest(origin: origin, method: request.method, timeouts: Self.timeouts)
        upstream.target.append(request.target)
        upstream.headers.append(request.headers)
        if let length = request.upload {
            let source = PiecewiseBody(length: length)
            upload = source
            upstream.body = .stream(source)
        } else if request.body != nil {
            upstream.body = .bytes(body.bytes)
        }
        return transport.begin(upstream)
    }

    private func makeTransport() -> any UpstreamTransport {
        switch kind {
        case .native, .nativeOverTLS: NativeTransport(on: loop, resolver: Resolver(time: clock))
        case .curl, .curlOverTLS: CurlTransport(on: loop)
        }
    }

    /// Gives up the call that `ask` waits for.
    func giveUp() { exchange?.cancel() }

    /// Looks, on the loop, until `condition` holds; false when it does not within ten seconds.
    nonisolated func eventually(_ condition: @Sendable (isolated UpstreamClient) -> Bool) async -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + .patience
        while clock.now < end {
            if await inspect(condition) { return true }
            await Task.yield()
        }
        return false
    }

    /// Runs `look` on the loop's thread.
    func inspect<Result: Sendable>(_ look: @Sendable (isolated UpstreamClient) -> Result) -> Result { look(self) }

    /// Closes every connection and ends the loop.
    func stop() async {
        transport?.close()
        transport = nil
        for front in fronts.values { await front.stop() }
        loop.stop()
    }
}

extension ByteBuffer {
    init(_ text: String) {
        self.init(capacity: text.utf8.count)
        append(text)
    }
}

extension ResponseHead {
    /// Each field as `name: value`.
    var text: [String] {
        fields.map { field in
            String(decoding: lines.bytes[field.name], as: UTF8.self) + ": "
                + String(decoding: lines.bytes[field.value], as: UTF8.self)
        }
    }
}

/// Looks until `condition` holds; false when it does not within ten seconds. Leaves its thread to others meanwhile.
func eventually(_ condition: () -> Bool) async -> Bool {
    let clock = ContinuousClock()
    let end = clock.now + .patience
    while clock.now < end {
        if condition() { return true }
        await Task.yield()
    }
    return false
}
