import HTTP
import Metrics
import Platform
import Routing

/// Every other path below `/v1`: carried to the provider and back as it is, bodies streamed both ways, and metered.
final class PassThroughEndpoint {
    private let context: GatewayContext
    private let transport: any UpstreamTransport
    private var tape = JSONScanner()

    /// An answer up to this length is read whole, so that its head can state what it cost.
    private static let readWholeBytes = 1 << 20

    init(_ context: GatewayContext, transport: any UpstreamTransport) {
        self.context = context
        self.transport = transport
    }

    /// - Parameter path: The path and query below `/v1`.
    func answer(_ call: Call, _ path: Range<Int>) async throws(GatewayError) {
        // RFC 9110 7.6.2: it goes no further, and is ours to answer.
        if call.headers.maxForwards == 0 { return await call.sendMethods() }
        let provider = try context.provider(for: call)
        call.entry.provider = provider.name
        // Nobody knows what it may cost; it is let in while anything is left.
        try context.reserve(call, model: "") { Usage() }
        let connection = call.connection
        let key = provider.state.key(connection.socket.loop.now)
        var upstream = context.upstreamRequest(to: provider, path: path, key: key, for: call)
        if connection.head.hasBody {
            do throws(ProtocolError) { try await connection.beginStreaming() } catch { throw GatewayError(error) }
            upstream.body = .stream(connection)
        } else if connection.head.contentLength != nil {
            upstream.body = .bytes(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let exchange = transport.begin(upstream)
        defer { exchange.finish() }
        call.watch(exchange)
        defer { call.endWatch() }
        call.beginAttempt(provider: provider.name, model: "")
        defer { call.endAttempt() }
        do throws(UpstreamFailure) {
            try await exchange.waitForHead()
        } catch {
            throw call.failed(error, provider: provider.name)
        }
        call.noteAttempt(status: exchange.head.status)
        // For the calls that follow: the body of this one is gone.
        _ = provider.state.refused(
            key: key, .status(exchange.head.status, .other),
            asked: exchange.head.retryTime(context.time.wallMicroseconds()), connection.socket.loop.now)
        try await relay(exchange, provider, call)
    }

    private func relay(
        _ exchange: any UpstreamExchange, _ provider: Provider, _ call: Call
    ) async throws(GatewayError) {
        let answer = UpstreamAnswer(exchange.head)
        let isError = exchange.head.status >= 400
        // Read first, what may state a usage or quote our key; whether its length was announced or not.
        if isError || (answer.isJSON && !answer.isEncoded), call.method != "HEAD",
            try await readWhole(exchange, provider, call)
        {
            call.endUpstream()
            if isError { _ = provider.keyMask.apply(to: &exchange.received) }
            account(exchange.received, call)
            answer.begin(call, framing: .length(exchange.received.count), statesCost: true)
            call.startSending(exchange.received.span)
            exchange.received.removeAll()
            call.connection.answerBytes = 0
            await call.finishSending()
            return
        }
        context.charge(&call.entry, usage: nil, model: "")
        let framing = exchange.head.contentLength.map { ResponseFraming.length($0) } ?? .chunked
        answer.begin(call, framing: framing, statesCost: false)
        if answer.isEventStream, !answer.isEncoded {
            await call.passOnEvents(
                exchange, provider.keyMask, eventLimit: context.settings.limits.bodyBytes, provider: provider.name)
        } else {
            await call.passOn(exchange, isError ? provider.keyMask : .none)
        }
    }

    /// Reads an answer to its end; false when it is longer than is read whole.
    private func readWhole(
        _ exchange: any UpstreamExchange, _ provider: Provider, _ call: Call
    ) async throws(GatewayError) -> Bool {
        if let length = exchange.head.contentLength, length > Self.readWholeBytes { return false }
        do throws(UpstreamFailure) {
            while exchange.received.count <= Self.readWholeBytes {
                if try await !exchange.read() { return true }
                call.connection.answerBytes = exchange.heldBytes
            }
            return false
        } catch { throw call.failed(error, provider: provider.name) }
    }

    /// Charges what the answer says it used, by the model that it names.
    private func account(_ received: borrowing ByteBuffer, _ call: Call) {
        let bytes = Span<UInt8>(_unsafeBytes: received.bytes)
        var usage: Usage?
        do throws(JSONScanner.Failure) {
            try tape.scan(bytes)
            if let model = tape.member("model", of: 0, in: bytes), tape.values[model].kind == .string,
                tape.values[model].content.count <= ChatRequest.modelLimit
            {
                call.entry.model = bytes.extracting(tape.values[model].content).text
            }
            usage = tape.member("usage", of: 0, in: bytes).flatMap { UsageReader.read(tape, $0, bytes) }
        } catch {}
        if call.entry.status.map({ $0 >= 400 }) ?? false {
            call.refusedByUpstream()
        } else {
            context.charge(&call.entry, usage: usage, model: call.entry.model ?? "")
        }
    }
}
