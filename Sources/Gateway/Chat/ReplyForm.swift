import HTTP

enum ReplyForm {
    static func withoutUsageEvent(_ events: Span<UInt8>, _ tape: inout JSONScanner) -> ByteBuffer {
        var b = ByteBuffer(capacity: events.count)
        b.append(events.bytes)
        return b
    }
    static func events(of completion: Span<UInt8>, statingUsage: Bool, _ tape: inout JSONScanner) -> ByteBuffer? { nil }
    static func completion(of events: Span<UInt8>, _ tape: inout JSONScanner) -> ByteBuffer? { nil }
}
