import CCurl
import Glibc

/// The header lines of a request, as libcurl takes them.
struct CurlHeaderList: ~Copyable {
    /// Handed to libcurl once the list is whole: the first line's address changes with the first line.
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    deinit { curl_slist_free_all(first) }

    /// Adds lines that are each ended by CR LF.
    mutating func append(lines bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        var line = ByteBuffer(capacity: 256)
        var position = 0
        while position < bytes.count, let found = memchr(base + position, 0x0D, bytes.count - position) {
            let end = base.distance(to: UnsafeRawPointer(found))
            line.removeAll()
            line.append(UnsafeRawBufferPointer(rebasing: bytes[position..<end]))
            markEmptyValue(&line)
            line.append(0 as UInt8)
            append(line.bytes)
            position = end + 2
        }
    }

    /// Adds one line as libcurl reads it: "Name:" takes a header out that it would send by itself.
    mutating func append(_ line: StaticString) {
        append(UnsafeRawBufferPointer(start: line.utf8Start, count: line.utf8CodeUnitCount + 1))
    }

    /// - Parameter line: Ended by a zero byte.
    private mutating func append(_ line: UnsafeRawBufferPointer) {
        first = curl_slist_append(first, line.baseAddress!.assumingMemoryBound(to: CChar.self)) ?? first
    }

    /// A name without a value would be read as "send no such header"; with a semicolon for its colon it goes out empty.
    private func markEmptyValue(_ line: inout ByteBuffer) {
        guard let colon = line.bytes.firstIndex(of: 0x3A),
            line.bytes[(colon + 1)...].allSatisfy({ $0 == 0x20 || $0 == 0x09 })
        else { return }
        line.truncate(to: colon)
        line.append(";")
    }

    /// Whether a line begins with `prefix`, a name in lower case and its colon, or would if its value were not empty.
    func contains(_ prefix: StaticString) -> Bool {
        let name = UnsafeRawPointer(prefix.utf8Start).assumingMemoryBound(to: CChar.self)
        var entry = first
        while let current = entry, let line = current.pointee.data {
            let length = prefix.utf8CodeUnitCount - 1
            if strncasecmp(line, name, length) == 0, line[length] == 0x3A || line[length] == 0x3B { return true }
            entry = current.pointee.next
        }
        return false
    }
}
