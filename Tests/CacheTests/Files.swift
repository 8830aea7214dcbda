import Glibc

// What tests do to files behind a store's back.

func fileSize(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : -1
}

func overwrite(_ path: String, with bytes: [UInt8], at offset: Int) {
    let file = open(path, O_WRONLY)
    pwrite(file, bytes, bytes.count, off_t(offset))
    close(file)
}

func bytes(of path: String) -> [UInt8] {
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: max(fileSize(path), 0))
    let count = read(file, &bytes, bytes.count)
    return count == bytes.count ? bytes : []
}

func write(_ bytes: [UInt8], to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = Glibc.write(file, bytes, bytes.count)
    close(file)
}

/// Where the bytes begin in a file.
func find(_ pattern: [UInt8], in path: String) -> Int? {
    let all = bytes(of: path)
    guard all.count >= pattern.count else { return nil }
    return (0...(all.count - pattern.count)).first { start in
        all[start] == pattern[0] && all[start..<(start + pattern.count)].elementsEqual(pattern)
    }
}
