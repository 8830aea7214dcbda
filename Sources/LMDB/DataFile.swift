import CLMDB
import Glibc

/// The file of a store, read by its pages before LMDB maps it.
///
/// LMDB trusts its pages. A torn one ends the process by a failed assertion or a wild pointer, a short file by
/// SIGBUS, and since both would happen again at the next start, a damaged file has to be found before. So the
/// walk goes from the newer of the two meta pages down every tree, and holds each page to what LMDB takes for
/// granted: its own number, nodes inside it, a depth and counts that agree with the tree's record, and no page
/// that two others claim, the free list among them. It reads tree pages whole and of a large value only the
/// header: what the values say is their owner's to check.
///
/// The file is mapped for the walk, which took nearly twice as long when it read page by page. A disk that cannot give a page then ends
/// the process by SIGBUS, as it would under LMDB.
package struct DataFile: ~Copyable {
    /// The file; unmapped with this value, which nothing read from it outlives.
    private let map: UnsafeRawBufferPointer
    private let path: String
    private let pageBytes: Int
    private var claimed: [Bool]

    /// Checks the file of the store in `directory`; absent and empty ones are sound. Nobody may be writing to it.
    ///
    /// Takes a read of most of the file: a quarter of a second a gibibyte when the system has it in memory.
    package static func verify(in directory: String) throws(StoreError) {
        let path = "\(directory)/data.mdb"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT { return }
        guard descriptor >= 0 else { throw StoreError("read the store", errno, path: path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0 else { return }
        // Trees lie scattered over the file: one read ahead in its order spares thousands of seeks.
        _ = posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_WILLNEED))
        let size = Int(status.st_size)
        guard let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
            throw StoreError("read the store", errno, path: path)
        }
        let map = UnsafeRawBufferPointer(start: start, count: size)
        guard let meta = Meta.newest(map) else {
            munmap(start, size)
            throw StoreError("read the store", MDB_INVALID, path: path)
        }
        var file = DataFile(map: map, path: path, pageBytes: meta.pageBytes)
        try file.walk(meta.free, as: .freeList)
        try file.walk(meta.main, as: .main)
    }

    private init(map: UnsafeRawBufferPointer, path: String, pageBytes: Int) {
        self.map = map
        self.path = path
        self.pageBytes = pageBytes
        claimed = [Bool](repeating: false, count: map.count / pageBytes)
        for page in 0..<min(2, claimed.count) { claimed[page] = true }
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: map.baseAddress), map.count) }

    private enum Role { case freeList, main, table }

    private mutating func walk(_ tree: Tree, as role: Role) throws(StoreError) {
        let hasNumbers = tree.flags == UInt16(MDB_INTEGERKEY)
        let isKnown = hasNumbers ? role != .main : tree.flags == 0 && role != .freeList
        guard isKnown, tree.depth <= 32 else { throw damaged(0) }
        guard tree.root != Tree.noPage else {
            guard tree.depth == 0 else { throw damaged(0) }
            return
        }
        var counted = Tree.Counts()
        try walk(page: tree.root, levels: tree.depth, role, hasNumbers, &counted)
        guard counted == tree.counts else { throw damaged(tree.root) }
    }

    private mutating func walk(
        page number: UInt64, levels: Int, _ role: Role, _ hasNumbers: Bool, _ counted: inout Tree.Counts
    ) throws(StoreError) {
        guard levels >= 1 else { throw damaged(number) }
        try claim(number, count: 1)
        let page = try Page(read(number, pageBytes), number)
        // A number's bytes are read without a look at how many they are.
        guard let page, page.isLeaf == (levels == 1), !hasNumbers || page.hasNumbers else { throw damaged(number) }
        if !page.isLeaf {
            counted.branchPages += 1
            for index in 0..<page.nodes {
                try walk(page: page.child(index), levels: levels - 1, role, hasNumbers, &counted)
            }
            return
        }
        counted.leafPages += 1
        counted.entries += UInt64(page.nodes)
        for index in 0..<page.nodes {
            switch page.value(at: index) {
            case .inline(let range):
                if role == .freeList { try claim(freeList: page.extracting(range), number) }
            case .large(let first, let byteCount):
                let header = try read(first, 16)
                // A run may be longer than it need be: a shorter value was written over a longer one.
                let pages = Int(header.number(at: 12, UInt32.self))
                guard header.number(at: 0, UInt64.self) == first, header.number(at: 10, UInt16.self) == Page.overflow,
                    pages >= (15 + byteCount) / pageBytes + 1
                else { throw damaged(first) }
                try claim(first, count: pages)
                counted.overflowPages += UInt64(pages)
                if role == .freeList {
                    try claim(
                        freeList: UnsafeRawBufferPointer(
                            rebasing: read(first, pages * pageBytes)[16..<(16 + byteCount)]), first)
                }
            case .tree(let tree) where role == .main: try walk(tree, as: .table)
            case .tree, nil: throw damaged(number)
            }
        }
    }

    /// A record of the free list: a count, then so many pages.
    private mutating func claim(freeList record: UnsafeRawBufferPointer, _ number: UInt64) throws(StoreError) {
        guard record.count >= 8, record.count % 8 == 0,
            record.number(at: 0, UInt64.self) < UInt64(record.count / 8)
        else { throw damaged(number) }
        for index in 0..<Int(record.number(at: 0, UInt64.self)) {
            let free = record.number(at: 8 + index * 8, UInt64.self)
            // A free page at the end may never have been written: it need not be in the file.
            guard free < UInt64(claimed.count) else { continue }
            try claim(free, count: 1)
        }
    }

    private mutating func claim(_ first: UInt64, count: Int) throws(StoreError) {
        guard first < UInt64(claimed.count), count <= claimed.count - Int(first) else { throw damaged(first) }
        for page in Int(first)..<(Int(first) + count) {
            guard !claimed[page] else { throw damaged(first) }
            claimed[page] = true
        }
    }

    private func read(_ page: UInt64, _ count: Int) throws(StoreError) -> UnsafeRawBufferPointer {
        guard page < UInt64(claimed.count), count <= map.count - Int(page) * pageBytes else { throw damaged(page) }
        let start = Int(page) * pageBytes
        return UnsafeRawBufferPointer(rebasing: map[start..<(start + count)])
    }

    private func damaged(_ page: UInt64) -> StoreError {
        StoreError("trust the store", MDB_CORRUPTED, path: path, detail: "page \(page) is not what it should be")
    }
}
