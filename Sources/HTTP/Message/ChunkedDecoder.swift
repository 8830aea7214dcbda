/// Takes the chunked transfer coding (RFC 9112 7.1) off a body, piece by piece.
///
/// Strict: sizes are 1 to 15 hex digits, line ends are CR LF, chunk extensions and trailers are checked, bounded and
/// dropped.
package struct ChunkedDecoder: ~Copyable {
    private enum State {
        case sizeStart, size, afterSize, sizeLineFeed
        case extensionStart, extensionName, afterExtensionName, extensionValueStart, extensionValue
        case quotedValue, quotedEscape, afterQuotedValue
        case data, dataCarriageReturn, dataLineFeed
        case trailerStart, trailerName, trailerText, trailerLineFeed, endLineFeed, done
    }
    private var state = State.sizeStart
    private var remaining = 0
    private var digits = 0
    private var overhead = 0

    /// Bytes that all chunk extensions, or the trailers, of a body may have together.
    private static let overheadLimit = 16384

    package init() {}

    /// Whether the last chunk and the trailers have been read.
    package var isDone: Bool { state == .done }

    /// Appends the data in `bytes` to `output`; returns how many bytes were used, all of them unless it is done or
    /// `output` has reached `limit`.
    package mutating func decode(
        _ bytes: UnsafeRawBufferPointer, into output: inout ByteBuffer, limit: Int = .max
    ) throws(ProtocolError) -> Int {
        var index = 0
        while index < bytes.count, state != .done {
            if state == .data {
                let count = min(remaining, bytes.count &- index, limit &- output.count)
                if count <= 0 { return index }
                output.append(UnsafeRawBufferPointer(rebasing: bytes[index..<(index &+ count)]))
                index &+= count
                remaining &-= count
                if remaining == 0 { state = .dataCarriageReturn }
            } else {
                try step(bytes[index])
                index &+= 1
            }
        }
        return index
    }

    private mutating func step(_ byte: UInt8) throws(ProtocolError) {
        switch state {
        case .sizeStart, .size:
            if let digit = hexValue(byte) {
                digits &+= 1
                guard digits <= 15 else { throw ProtocolError(400, "a chunk's size is too large") }
                remaining = remaining << 4 | digit
                state = .size
            } else if state == .size {
                try endOfItem(byte)
            } else {
                throw ProtocolError(400, "a chunk does not begin with its size")
            }
        case .afterSize, .extensionStart, .extensionName, .afterExtensionName, .extensionValueStart, .extensionValue,
            .quotedValue, .quotedEscape, .afterQuotedValue:
            try stepExtension(byte)
        case .sizeLineFeed:
            guard byte == 0x0A else { throw lineEnd }
            digits = 0
            state = remaining == 0 ? .trailerStart : .data
        case .dataCarriageReturn:
            guard byte == 0x0D else { throw ProtocolError(400, "a chunk is longer than its size") }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0A else { throw lineEnd }
            state = .sizeStart
        case .trailerStart:
            if byte == 0x0D {
                state = .endLineFeed
            } else {
                guard ByteClass.token.contains(byte) else { throw malformedTrailer }
                try countOverhead(byte)
                state = .trailerName
            }
        case .trailerName:
            guard ByteClass.token.contains(byte) || byte == 0x3A else { throw malformedTrailer }
            try countOverhead(byte)
            if byte == 0x3A { state = .trailerText }
        case .trailerText:
            if byte == 0x0D {
                state = .trailerLineFeed
            } else {
                try countOverhead(byte)
            }
        case .trailerLineFeed:
            guard byte == 0x0A else { throw lineEnd }
            state = .trailerStart
        case .endLineFeed:
            guard byte == 0x0A else { throw lineEnd }
            state = .done
        case .data, .done: break
        }
    }

    /// RFC 9112 7.1.1: `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, the value a token or quoted. Read by its grammar,
    /// though nobody here knows an extension: a reader that saw quotes otherwise would see other chunks.
    private mutating func stepExtension(_ byte: UInt8) throws(ProtocolError) {
        if byte != 0x0D { try countOverhead(byte) }
        let isBlank = byte == 0x20 || byte == 0x09
        let isToken = ByteClass.token.contains(byte)
        switch state {
        case .afterSize where isBlank, .extensionStart where isBlank, .afterExtensionName where isBlank,
            .extensionValueStart where isBlank, .extensionName where isToken, .extensionValue where isToken:
            break
        case .afterSize where byte == 0x3B, .afterExtensionName where byte == 0x3B: state = .extensionStart
        case .extensionStart where isToken: state = .extensionName
        case .extensionName where isBlank: state = .afterExtensionName
        case .extensionName where byte == 0x3D, .afterExtensionName where byte == 0x3D: state = .extensionValueStart
        case .extensionValueStart where isToken: state = .extensionValue
        case .extensionValueStart where byte == 0x22: state = .quotedValue
        case .quotedValue where byte == 0x22: state = .afterQuotedValue
        case .quotedValue where byte == 0x5C: state = .quotedEscape
        case .quotedValue where byte != 0x0D: break
        case .quotedEscape where byte != 0x0D: state = .quotedValue
        case .extensionName, .extensionValue, .afterQuotedValue: try endOfItem(byte)
        default: throw ProtocolError(400, "a chunk's extension is not a name, or a name, '=' and a value")
        }
    }

    /// What follows a chunk's size or a whole extension.
    private mutating func endOfItem(_ byte: UInt8) throws(ProtocolError) {
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case 0x3B: state = .extensionStart
        // RFC 9112 7.1.1 knows blanks only before a semicolon.
        case 0x20, 0x09: state = .afterSize
        default:
            throw ProtocolError(400, "a chunk's size is not a hexadecimal number, or followed by what is no extension")
        }
    }

    private var lineEnd: ProtocolError { ProtocolError(400, "a line of the chunked body does not end with CR LF") }

    private var malformedTrailer: ProtocolError {
        ProtocolError(400, "a trailer is not a name, a colon and a value")
    }

    private mutating func countOverhead(_ byte: UInt8) throws(ProtocolError) {
        guard isFieldByte(byte) else {
            throw ProtocolError(400, "the chunked body's framing holds a control character")
        }
        overhead &+= 1
        guard overhead <= Self.overheadLimit else {
            throw ProtocolError(400, "the chunked body's extensions or trailers are too long")
        }
    }

    private func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte &- 0x30)
        case 0x41...0x46: Int(byte &- 0x37)
        case 0x61...0x66: Int(byte &- 0x57)
        default: nil
        }
    }
}
