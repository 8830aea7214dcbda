import HTTP

/// What an upstream's head says that matters to the relay.
struct UpstreamAnswer {
    private let head: ResponseHead
    private(set) var isEventStream = false
    private(set) var isJSON = false
    /// Whether the body is compressed, though nobody asked for it.
    private(set) var isEncoded = false
    /// The names that its Connection fields declare to be of this hop only.
    private var connectionNames: [Range<Int>] = []

    init(_ head: ResponseHead) {
        self.head = head
        let bytes = head.lines.bytes
        for field in head.fields {
            let name = HeaderName(bytes, field.name)
            let value = HeaderName(bytes, field.value)
            switch name.length {
            case 10 where name.is("connection"): connectionNames.append(field.value)
            case 12 where name.is("content-type"):
                isEventStream = value.hasPrefix("text/event-stream")
                isJSON = value.hasPrefix("application/json")
            case 16 where name.is("content-encoding"): isEncoded = !value.is("identity")
            default: break
            }
        }
    }

    /// Whether the client itself said that it takes the encoding that came.
    func clientAccepts(_ call: Call) -> Bool {
        guard let accepted = call.headers.acceptEncoding else { return false }
        return head.withValue(of: "content-encoding") { encoding in
            call.connection.withHead { bytes in
                HopByHop.isNamed(HeaderName(encoding), by: [accepted], in: bytes)
            }
        } ?? false
    }

    /// Begins the client's answer: the upstream's status and end-to-end headers, then the gateway's own.
    func begin(_ call: Call, framing: ResponseFraming, statesCost: Bool) {
        let connection = call.connection
        connection.beginResponse(head.status)
        var sentRequestID = false
        forEachEndToEndField { name, line in
            if name.is("x-request-id") { sentRequestID = true }
            connection.headerLine(line)
        }
        call.appendGatewayHeaders(statesCost: statesCost, upstreamSentRequestID: sentRequestID)
        if head.status == 204 || head.status == 304 {
            // RFC 9110 8.6: these never have a body; 204 must not have a length, 304 need not.
            connection.endHead(.none)
        } else if call.method == "HEAD" {
            // RFC 9110 9.3.2: the length that GET would be answered with, where the upstream says it.
            connection.endHead(head.contentLength.map { .length($0) } ?? .none)
        } else {
            connection.endHead(framing)
        }
    }

    /// What everyone on a flight is told of this head. Cookies are between the upstream and who asked it.
    ///
    /// - Parameter isFallback: Whether another than the first choice was asked.
    func shared(isStream: Bool, model: String?, provider: String, isFallback: Bool) -> Flight.Head {
        var lines: [UInt8] = []
        var sentRequestID = false
        forEachEndToEndField { name, line in
            if name.is("set-cookie") { return }
            if name.is("x-request-id") { sentRequestID = true }
            lines.append(contentsOf: line)
            lines += [0x0D, 0x0A]
        }
        return Flight.Head(
            status: head.status, lines: lines, hasRequestID: sentRequestID, isStream: isStream, model: model,
            provider: provider, isFallback: isFallback)
    }

    /// The fields that go on to clients, each with its line.
    private func forEachEndToEndField(_ body: (HeaderName, UnsafeRawBufferPointer) -> Void) {
        let bytes = head.lines.bytes
        for field in head.fields {
            let name = HeaderName(bytes, field.name)
            if HopByHop.endsHere(response: name) || HopByHop.isNamed(name, by: connectionNames, in: bytes) { continue }
            body(name, UnsafeRawBufferPointer(rebasing: bytes[field.name.lowerBound..<field.value.upperBound]))
        }
    }
}

extension HeaderName {
    /// A value, compared like a name.
    init(_ value: UnsafeRawBufferPointer) { self.init(value, 0..<value.count) }
}
