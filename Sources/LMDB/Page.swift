import CLMDB

// The layout of LMDB 0.9's file (its mdb.c), in the byte order of the machine.

/// What a meta page, or a table's entry in the main tree, says of a tree.
struct Tree {
    struct Counts: Equatable {
        var branchPages: UInt64 = 0
        var leafPages: UInt64 = 0
        var overflowPages: UInt64 = 0
        var entries: UInt64 = 0
    }
    static let byteCount = 48
    static let noPage = UInt64.max

    let flags: UInt16
    let depth: Int
    let counts: Counts
    let root: UInt64

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        // The bit above the flags that a caller chooses says only that the table is stored.
        flags = bytes.number(at: offset + 4, UInt16.self) & 0x7FFF
        depth = Int(bytes.number(at: offset + 6, UInt16.self))
        counts = Counts(
            branchPages: bytes.number(at: offset + 8, UInt64.self),
            leafPages: bytes.number(at: offset + 16, UInt64.self),
            overflowPages: bytes.number(at: offset + 24, UInt64.self),
            entries: bytes.number(at: offset + 32, UInt64.self))
        root = bytes.number(at: offset + 40, UInt64.self)
    }
}

/// One of the two pages at the start of the file, written in turn.
struct Meta {
    let pageBytes: Int
    let free: Tree
    let main: Tree
    private let transaction: UInt64

    private init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.number(at: 10, UInt16.self) == 8, bytes.number(at: 16, UInt32.self) == 0xBEEF_C0DE,
            bytes.number(at: 20, UInt32.self) == 1
        else { return nil }
        let size = Int(bytes.number(at: 40, UInt32.self))
        guard size >= 512, size <= 65_536, size & (size - 1) == 0 else { return nil }
        pageBytes = size
        free = Tree(bytes, at: 40)
        main = Tree(bytes, at: 40 + Tree.byteCount)
        transaction = bytes.number(at: 48 + 2 * Tree.byteCount, UInt64.self)
    }

    /// The one in force; nil when either is no meta page of this version.
    static func newest(_ file: UnsafeRawBufferPointer) -> Meta? {
        func read(at offset: Int) -> Meta? {
            guard file.count - offset >= byteCount else { return nil }
            return Meta(UnsafeRawBufferPointer(rebasing: file[offset..<(offset + byteCount)]))
        }
        guard let zero = read(at: 0), let one = read(at: zero.pageBytes), one.pageBytes == zero.pageBytes else {
            return nil
        }
        return one.transaction > zero.transaction ? one : zero
    }

    private static let byteCount = 160
}

/// A branch or leaf page whose nodes lie within it.
struct Page {
    /// The flags of the first page of a value too large for a leaf.
    static let overflow: UInt16 = 4

    enum Value {
        case inline(Range<Int>)
        case large(firstPage: UInt64, byteCount: Int)
        case tree(Tree)
    }

    private let bytes: UnsafeRawBufferPointer
    let isLeaf: Bool
    let nodes: Int

    /// Nil unless it is such a page, and the one of this number.
    init?(_ bytes: UnsafeRawBufferPointer, _ number: UInt64) {
        let flags = bytes.number(at: 10, UInt16.self)
        let lower = Int(bytes.number(at: 12, UInt16.self))
        let upper = Int(bytes.number(at: 14, UInt16.self))
        guard bytes.number(at: 0, UInt64.self) == number, flags == 1 || flags == 2, lower >= 16, lower % 2 == 0,
            lower <= upper, upper <= bytes.count
        else { return nil }
        self.bytes = bytes
        isLeaf = flags == 2
        nodes = (lower - 16) / 2
        // LMDB asserts that a branch leads two ways.
        guard nodes >= (isLeaf ? 1 : 2) else { return nil }
        for index in 0..<nodes {
            let node = self.node(index)
            guard node >= upper, node + 8 <= bytes.count, node + 8 + keyBytes(node) <= bytes.count else { return nil }
        }
    }

    /// Whether every key has the eight bytes of a number; a branch's first key has none.
    var hasNumbers: Bool {
        for index in (isLeaf ? 0 : 1)..<nodes where keyBytes(node(index)) != 8 { return false }
        return true
    }

    /// The page that a branch's node leads to.
    func child(_ index: Int) -> UInt64 {
        let node = node(index)
        return UInt64(bytes.number(at: node, UInt32.self)) | UInt64(bytes.number(at: node + 4, UInt16.self)) << 32
    }

    /// Bytes of an inline value.
    func extracting(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }

    /// A leaf's value; nil where it is none that we write, or not within the page.
    func value(at index: Int) -> Value? {
        let node = node(index)
        let start = node + 8 + keyBytes(node)
        let byteCount = Int(bytes.number(at: node, UInt32.self))
        switch bytes.number(at: node + 4, UInt16.self) {
        case 0 where start + byteCount <= bytes.count: return .inline(start..<(start + byteCount))
        case 1 where start + 8 <= bytes.count:
            return .large(firstPage: bytes.number(at: start, UInt64.self), byteCount: byteCount)
        case 2 where byteCount == Tree.byteCount && start + byteCount <= bytes.count:
            return .tree(Tree(bytes, at: start))
        default: return nil
        }
    }

    private func node(_ index: Int) -> Int { Int(bytes.number(at: 16 + index * 2, UInt16.self)) }
    private func keyBytes(_ node: Int) -> Int { Int(bytes.number(at: node + 6, UInt16.self)) }
}

extension UnsafeRawBufferPointer {
    /// The integer at `offset`, which must be within the bytes with all of it.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, _ type: Number.Type) -> Number {
        loadUnaligned(fromByteOffset: offset, as: type)
    }
}
