import HTTP
import Metrics

/// What a request's method and path ask for; decided by the parsed path alone.
enum Route: Equatable {
    /// A request that is read.
    case dialect(Dialect, path: Range<Int>)
    case models
    case model(id: Range<Int>)
    /// Any other path below `/v1`, and what of the catalogue is asked of the provider.
    case passThrough(path: Range<Int>)
    case health
    case upgrade
    /// `OPTIONS *`: what the gateway itself can do, whatever the path.
    case options
    case methodNotAllowed
    case unknown

    /// Routes that also answer without the `/v1` prefix.
    private static let bareRoutes: [StaticString] = [
        "/chat/completions", "/responses", "/completions", "/embeddings", "/messages", "/models",
    ]

    /// - Parameter bytes: The bytes of the head.
    init(_ head: borrowing RequestHead, _ bytes: UnsafeRawBufferPointer) {
        let target = head.pathAndQuery
        let method = HeaderName(bytes, head.method)
        let pathEnd = bytes[target].firstIndex(of: 0x3F) ?? target.upperBound
        let path = HeaderName(bytes, target.lowerBound..<pathEnd)

        if path.isExactly("*") {
            self = .options
            return
        }
        if path.isExactly("/health") {
            self = method.isExactly("GET") || method.isExactly("HEAD") ? .health : .methodNotAllowed
            return
        }
        let start: Int
        if path.beginsExactly("/v1/") {
            start = target.lowerBound &+ 3
        } else if Self.bareRoutes.contains(where: { path.isExactly($0) }) || path.beginsExactly("/models/") {
            start = target.lowerBound
        } else {
            self = .unknown
            return
        }
        if Self.hasDotSegment(bytes, start..<pathEnd) {
            self = .unknown
            return
        }
        if head.asksUpgrade {
            self = .upgrade
            return
        }
        let rest = HeaderName(bytes, start..<pathEnd)
        let relayed = start..<target.upperBound
        let isRead = method.isExactly("GET") || method.isExactly("HEAD")
        let dialect = method.isExactly("POST") ? Dialect.allCases.first { rest.isExactly($0.path) } : nil
        if let dialect {
            self = .dialect(dialect, path: relayed)
        } else if isRead, rest.isExactly("/models"), !Self.asksUpstream(bytes, pathEnd..<target.upperBound) {
            self = .models
        } else if isRead, rest.beginsExactly("/models/"), !Self.asksUpstream(bytes, pathEnd..<target.upperBound) {
            self = .model(id: (start &+ 8)..<pathEnd)
        } else {
            self = .passThrough(path: relayed)
        }
    }

    /// Whether a segment is `.` or `..`, however spelled: it would lead out of the provider's path, with our key.
    private static func hasDotSegment(_ bytes: UnsafeRawBufferPointer, _ path: Range<Int>) -> Bool {
        // Hardly any path has either byte, so that hardly any is taken apart.
        guard bytes[path].contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "%") }) else { return false }
        return bytes[path].split(separator: UInt8(ascii: "/")).contains { segment in
            let text = String(decoding: segment, as: UTF8.self).lowercased().replacing("%2e", with: ".")
            return text == "." || text == ".."
        }
    }

    private static func asksUpstream(_ bytes: UnsafeRawBufferPointer, _ query: Range<Int>) -> Bool {
        String(decoding: bytes[query].dropFirst(), as: UTF8.self).split(separator: "&").contains("upstream=1")
    }
}

extension Route {
    /// What the ledger calls it; nil for what is answered without a record.
    var endpoint: LedgerEntry.Endpoint? {
        switch self {
        case .dialect(let dialect, _): dialect.endpoint
        case .models, .model: .models
        case .passThrough, .upgrade: .passthrough
        case .health, .options, .methodNotAllowed, .unknown: nil
        }
    }
}

extension HeaderName {
    /// Whether the bytes are `text`, case and all.
    func isExactly(_ text: StaticString) -> Bool { length == text.utf8CodeUnitCount && beginsExactly(text) }

    /// Whether the bytes begin with `text`, case and all.
    func beginsExactly(_ text: StaticString) -> Bool {
        guard length >= text.utf8CodeUnitCount else { return false }
        for offset in 0..<text.utf8CodeUnitCount where self[offset] != text.utf8Start[offset] { return false }
        return true
    }
}
