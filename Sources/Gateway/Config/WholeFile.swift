import Glibc

/// Files that are read whole, at start or by a command.
enum WholeFile {
    /// Why a file was not read, in the system's words.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads all of the file at `path`.
    ///
    /// - Parameter limit: Bytes that it may have.
    static func read(_ path: String, limit: Int = .max) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(description: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        return try read(descriptor, limit: limit)
    }

    /// Reads what comes on standard input, to its end.
    static func readStandardInput() throws(Failure) -> [UInt8] { try read(STDIN_FILENO, limit: .max) }

    private static func read(_ descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var status = stat()
        let size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(size, limit))
        var room = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = Glibc.read(descriptor, &room, room.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(description: String(cString: strerror(errno)))
            }
            guard bytes.count + count <= limit else { throw Failure(description: "It has more than \(limit) bytes") }
            bytes += room[..<count]
        }
    }
}
