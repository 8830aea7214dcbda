import Glibc

extension Environment {
    /// Lets go of the pages of the file that this process has looked at; they stay in the kernel's cache.
    ///
    /// A writer looks at a page once and never again, yet it counts as the process's memory from then on: a million
    /// records made 130 MB of it. Readers on other threads find their pages again, at the cost of a fault each.
    package func forgetMappedPages() {
        guard let map = mapping(of: path + "/data.mdb") else { return }
        madvise(map.baseAddress, map.count, MADV_DONTNEED)
    }

    /// Where the file is mapped, as the kernel tells: LMDB says so of fixed maps only.
    private func mapping(of file: String) -> UnsafeMutableRawBufferPointer? {
        guard let maps = fopen("/proc/self/maps", "r") else { return nil }
        defer { fclose(maps) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, maps) > 0, let line {
            let text = String(cString: line)
            guard text.dropLast().hasSuffix(" " + file) || text.dropLast().hasSuffix("\t" + file) else { continue }
            let ends = text.prefix { $0 != " " }.split(separator: "-")
            guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16), start < end
            else { continue }
            return UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(bitPattern: start), count: Int(end - start))
        }
        return nil
    }
}
