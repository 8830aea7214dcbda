public import CSystem

/// A growable queue of bytes with one owner: appended at the end, consumed from the front.
///
/// Not copyable, so that a buffer costs neither a reference count nor a check for sharing; public and frozen,
/// so that its loops are inlined into the modules that use it (a `package` call a byte costs 2 to 3 ns).
@frozen
public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    @usableFromInline var start = 0
    @usableFromInline var end = 0

    /// Creates an empty buffer with room for `capacity` bytes; it has no memory for 0.
    @inlinable
    public init(capacity: Int = 0) {
        self.capacity = max(capacity, 0)
        base = capacity > 0 ? .allocate(byteCount: capacity, alignment: 16) : Self.nowhere
    }

    @inlinable deinit { if capacity > 0 { base.deallocate() } }

    /// Where a buffer without memory points; never read or written.
    @usableFromInline static var nowhere: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: 16)! }

    /// Bytes held.
    @inlinable public var count: Int { end &- start }
    @inlinable public var isEmpty: Bool { end == start }
    /// Bytes of memory held, used or not.
    @inlinable public var allocatedBytes: Int { capacity }

    /// The bytes held, valid until the buffer is next changed.
    @inlinable public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base + start, count: count) }

    /// The bytes held, as a span that cannot outlive the buffer's next change.
    @inlinable public var span: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = RawSpan(_unsafeBytes: bytes)
            return _overrideLifetime(span, borrowing: self)
        }
    }

    /// The free memory after the last byte; what is written there counts once `commit` says so.
    @inlinable public var spare: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + end, count: capacity &- end)
    }

    /// Counts `count` bytes written into `spare` as held.
    @inlinable public mutating func commit(_ count: Int) {
        precondition(count >= 0 && count <= capacity &- end, "more bytes than there was room for")
        end &+= count
    }

    /// Makes room for `count` more bytes after the last one.
    @inlinable public mutating func reserve(_ count: Int) {
        if capacity &- end < count { grow(by: count) }
    }

    @usableFromInline @inline(never) mutating func grow(by room: Int) {
        let held = count
        if start > 0, capacity - held >= room, start >= held {
            memcpy(base, base + start, held)
        } else {
            let larger = max(capacity * 2, held + room)
            let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
            memcpy(moved, base + start, held)
            if capacity > 0 { base.deallocate() }
            base = moved
            capacity = larger
        }
        start = 0
        end = held
    }

    /// Drops the first `count` bytes.
    @inlinable public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "more bytes than are held")
        start &+= count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Drops the bytes after the first `count`.
    @inlinable public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "more bytes than are held")
        end = start &+ count
    }

    /// Takes over memory from `allocate`; the buffer has none yet.
    mutating func adopt(_ memory: UnsafeMutableRawPointer, capacity: Int) {
        precondition(self.capacity == 0, "the buffer has memory already")
        base = memory
        self.capacity = capacity
    }

    /// Hands its memory over; the buffer is empty and has none then.
    mutating func surrender() -> UnsafeMutableRawPointer {
        precondition(isEmpty && capacity > 0, "bytes would be lost")
        defer {
            base = Self.nowhere
            capacity = 0
            start = 0
            end = 0
        }
        return base
    }

    /// Drops every byte and keeps the memory, unless it has grown past `keep` bytes.
    @inlinable public mutating func removeAll(keep: Int = 65536) {
        start = 0
        end = 0
        if capacity > keep { shrink(to: keep) }
    }

    @usableFromInline @inline(never) mutating func shrink(to size: Int) {
        base.deallocate()
        capacity = min(size, 4096)
        base = capacity > 0 ? .allocate(byteCount: capacity, alignment: 16) : Self.nowhere
    }

    @inlinable public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        memcpy(base + end, source, bytes.count)
        end &+= bytes.count
    }

    @inlinable public mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { append($0) }
    }

    @inlinable public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    @inlinable public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Disfavoured, else every literal would be a `String` here, at five times the cost of a `StaticString`.
    @_disfavoredOverload
    @inlinable public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    @inlinable public mutating func append(_ byte: UInt8) {
        reserve(1)
        (base + end).storeBytes(of: byte, as: UInt8.self)
        end &+= 1
    }

    /// Writes `byte` over every place where `pattern` stands.
    public mutating func overwrite(occurrencesOf pattern: [UInt8], with byte: UInt8) {
        guard !pattern.isEmpty else { return }
        var position = start
        while end &- position >= pattern.count,
            let found = pattern.withUnsafeBytes({ memmem(base + position, end &- position, $0.baseAddress!, $0.count) })
        {
            let offset = base.distance(to: found)
            memset(base + offset, Int32(byte), pattern.count)
            position = offset &+ pattern.count
        }
    }

    /// Appends a number of 0 or more in decimal digits; a negative one counts as 0.
    public mutating func append(decimal value: Int) {
        reserve(20)
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { digits in
            var rest = UInt(max(value, 0))
            var position = 20
            repeat {
                position &-= 1
                digits[position] = 48 &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            append(UnsafeRawBufferPointer(rebasing: digits[position..<20]))
        }
    }

    /// Appends a number of 0 or more in hexadecimal digits, as a chunk size is written.
    public mutating func append(hexadecimal value: Int) {
        var shift = 60
        while shift > 0, (value >> shift) & 15 == 0 { shift &-= 4 }
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: (value >> shift) & 15)
            append(digit < 10 ? 48 &+ digit : 87 &+ digit)
            shift &-= 4
        }
    }
}
