import Cache
import HTTP
import Metrics

/// The sticky key by which the call in hand is drawn; looked for when a share first asks for it.
struct CallerKey {
    private var bytes: [UInt8] = []
    /// Where `bytes` were looked for; nil while they were not.
    private var sources: [StickySource]?

    /// Bytes of a sticky key that count: longer ones are no names.
    private static let limit = 1024

    /// Begins another call.
    mutating func begin() {
        bytes.removeAll(keepingCapacity: true)
        sources = nil
    }

    /// Where the caller stands in a draw.
    ///
    /// - Parameters:
    ///   - tenant: What the call's credentials make; nil where it has none.
    ///   - id: Draws a call that has no key, which is a caller of its own; nil takes it for one who is in.
    ///   - addMember: Appends what a member of the body says to a list of bytes; nothing where there is no such member.
    mutating func place(
        in draw: Draw, of call: CallTraits, tenant: Tenant?, id: RecordID?, using digest: Digest,
        _ addMember: (_ names: [[UInt8]], _ to: inout [UInt8]) -> Void
    ) -> UInt64 {
        if sources != draw.sources {
            begin()
            sources = draw.sources
            find(in: draw.sources, call, tenant, addMember)
            if bytes.isEmpty, let id {
                withUnsafeBytes(of: id.high) { bytes += $0 }
                withUnsafeBytes(of: id.low) { bytes += $0 }
            }
        }
        if bytes.isEmpty { return 0 }
        return Share.place(of: bytes, drawing: draw.name, salt: draw.salt, using: digest)
    }

    /// Takes the first key that the call has.
    private mutating func find(
        in sources: [StickySource], _ call: CallTraits, _ tenant: Tenant?,
        _ addMember: (_ names: [[UInt8]], _ to: inout [UInt8]) -> Void
    ) {
        for source in sources {
            switch source {
            case .header(let name):
                guard let field = call.fields.first(where: { HeaderName(call.head, $0.name).is(name) }) else {
                    continue
                }
                bytes += call.head[field.value]
            case .body(let names): addMember(names, &bytes)
            case .credential: tenant?.withBytes { key in key.withUnsafeBytes { bytes += $0 } }
            }
            if bytes.count > Self.limit { bytes.removeLast(bytes.count - Self.limit) }
            if !bytes.isEmpty { return }
        }
    }
}
