import HTTP

/// A stream on its way from an upstream to a client: whole events are passed on as they came, to its flight too, where it
/// has one.
struct EventRelay: ~Copyable {
    private(set) var stream: ChatStream
    private var events = EventStream()
    /// Whether the client sees the chunk that states the usage.
    private let showsUsage: Bool
    private let mask: KeyMask
    private let flight: Flight?

    /// - Parameters:
    ///   - mask: Hides our key where the provider does not answer, but complains.
    ///   - flight: Is told everything that comes.
    init(_ dialect: Dialect, showsUsage: Bool, mask: KeyMask, flight: Flight?) {
        stream = ChatStream(dialect)
        self.showsUsage = showsUsage
        self.mask = mask
        self.flight = flight
    }

    /// Whether the answer has ended as it should: every choice finished, no error, and `[DONE]`.
    var isComplete: Bool { stream.isDone && stream.reply.isFinished && !stream.reply.hasError }

    /// Hands every whole event of `received` to `connection`, in as few pieces as can be, and leaves what follows.
    ///
    /// - Parameter connection: Nil when its client has left.
    /// - Parameter isLast: Whether nothing can follow, so that a line's end that might have been half of one is whole.
    mutating func pass(
        _ received: inout ByteBuffer, isLast: Bool = false, to connection: Connection?, _ tape: inout JSONScanner
    ) {
        let bytes = Span<UInt8>(_unsafeBytes: received.bytes)
        var sent = 0
        var told = 0
        var position = 0
        while let event = nextEvent(in: bytes.extracting(position..<bytes.count), isLast: isLast) {
            let end = position &+ event.range.upperBound
            let meaning = event.data.map {
                stream.note(bytes.extracting((position &+ $0.lowerBound)..<(position &+ $0.upperBound)), &tape)
            }
            // Over the same bytes, so that `bytes` sees it. Whatever is no chunk may be a complaint: comments too.
            if meaning == nil || meaning == .error || meaning == .unread { _ = mask.apply(to: &received) }
            if meaning == .usageOnly {
                flight?.append(bytes.extracting(told..<end).bytes, usageEvent: position &- told..<end &- told)
                told = end
                if !showsUsage {
                    connection?.appendPiece(bytes.extracting(sent..<position).bytes)
                    sent = end
                }
            }
            position = end
        }
        connection?.appendPiece(bytes.extracting(sent..<position).bytes)
        flight?.append(bytes.extracting(told..<position).bytes, usageEvent: nil)
        received.consume(position)
    }

    private mutating func nextEvent(in bytes: Span<UInt8>, isLast: Bool) -> EventStream.Event? {
        events.next(in: bytes) ?? (isLast ? events.end(in: bytes) : nil)
    }
}
