import HTTP

/// What an upstream's head says that matters to the relay.
struct UpstreamAnswer {
    private let head: ResponseHead
    let isEventStream: Bool
    let isJSON: Bool
    /// Whether the body is compressed, though nobody asked for it.
    let isEncoded: Bool

    init(_ head: ResponseHead) {
        self.head = head
        isEventStream = head.withValue(of: "content-type") { HeaderName($0).hasPrefix("text/event-stream") } ?? false
        isJSON = head.withValue(of: "content-type") { HeaderName($0).hasPrefix("application/json") } ?? false
        isEncoded = head.withValue(of: "content-encoding") { !HeaderName($0).is("identity") } ?? false
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
        let bytes = head.lines.bytes
        var connectionNames: [Range<Int>] = []
        for field in head.fields where HeaderName(bytes, field.name).is("connection") {
            connectionNames.append(field.value)
        }
        var sentRequestID = false
        for field in head.fields {
            let name = HeaderName(bytes, field.name)
            if HopByHop.endsHere(response: name) || HopByHop.isNamed(name, by: connectionNames, in: bytes) { continue }
            if name.is("x-request-id") { sentRequestID = true }
            connection.headerLine(
                UnsafeRawBufferPointer(rebasing: bytes[field.name.lowerBound..<field.value.upperBound]))
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
}

extension HeaderName {
    /// A value, compared like a name.
    init(_ value: UnsafeRawBufferPointer) { self.init(value, 0..<value.count) }
}
