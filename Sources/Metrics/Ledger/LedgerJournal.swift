import Glibc
import LMDB
import Platform

/// Where records are while they are not in the database yet, for the next run to find when this one is killed.
///
/// LMDB shows a commit to a later process only once its fsync has returned, and a disk that others write to may take a
/// second for that. So a group is written here first, by one `write(2)`: from then on the kernel has it, whatever becomes of
/// the process. Nothing here is ever synced, since what survives a loss of power is what the database has.
///
/// Two files take turns. As long as all of a file's frames are in the database, the next one is written over them from
/// the beginning, so that under a light load the same page is used again and again; the other file's turn comes when
/// this one has grown. The database keeps the number of the last frame that it has, in the transaction that brings it:
/// frames up to that number are history, wherever they lie.
final class LedgerJournal: Sendable {
    private struct State {
        var files: [JournalFile]
        var current = 0
        var lastNumber: UInt64
        var committed: UInt64
    }

    /// From so many bytes on, the other file is used as soon as it is free.
    private static let turnBytes = 1 << 20
    private let state: Lock<State>

    /// Opens the journal of the ledger in `folder`, or makes it.
    ///
    /// - Parameter committed: The number of the last frame that the database has.
    init(folder: String, committed: UInt64) throws(StoreError) {
        let files = [try JournalFile(Self.path(0, in: folder)), try JournalFile(Self.path(1, in: folder))]
        let last = files.reduce(committed) { max($0, $1.lastNumber) }
        state = Lock(State(files: files, lastNumber: last, committed: committed))
    }

    private static func path(_ file: Int, in folder: String) -> String { "\(folder)/journal-\(file)" }

    /// The frames of an earlier run that the database does not have, in their order.
    static func left(in folder: String, after committed: UInt64) -> [JournalFrame] {
        (0..<2).flatMap { JournalFile.frames(of: path($0, in: folder)) }
            .filter { $0.number > committed }.sorted { $0.number < $1.number }
    }

    /// Numbers a frame and writes it; one thread's work.
    func append(_ frame: inout JournalFrame) {
        state.withLock { state in
            state.lastNumber += 1
            frame.seal(state.lastNumber)
            let other = 1 - state.current
            if state.files[state.current].lastNumber <= state.committed {
                state.files[state.current].end = 0
            } else if state.files[state.current].end >= Self.turnBytes,
                state.files[other].lastNumber <= state.committed
            {
                state.current = other
                state.files[other].end = 0
            }
            frame.isKept = state.files[state.current].write(frame)
        }
    }

    /// The database has every frame up to this number.
    func commit(through number: UInt64) { state.withLock { $0.committed = max($0.committed, number) } }

    /// Empties the files where nothing in them is needed any more, and closes them.
    func close() {
        state.withLock { state in
            for file in state.files { file.close(emptying: file.lastNumber <= state.committed) }
            state.files = []
        }
    }
}

/// One of the journal's two files.
private struct JournalFile: Sendable {
    private let descriptor: Int32
    /// Where the next frame goes.
    var end = 0
    /// The last frame written to it.
    private(set) var lastNumber: UInt64 = 0

    /// Room that is taken beforehand, so that writing does not change the file's size.
    private static let roomBytes: Int = 1 << 16

    init(_ path: String) throws(StoreError) {
        let left = Self.frames(of: path)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError("open the ledger's journal", errno, path: path) }
        // A disk that is full already is the first write's affair.
        _ = posix_fallocate(descriptor, 0, off_t(Self.roomBytes))
        end = left.reduce(0) { $0 + $1.bytes.count }
        lastNumber = left.last?.number ?? 0
    }

    /// - Returns: Whether all of it was written; what was written in part is written over by the next.
    mutating func write(_ frame: JournalFrame) -> Bool {
        var written = 0
        while written < frame.bytes.count {
            let count = frame.bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + written, $0.count - written, off_t(end + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        end += written
        lastNumber = frame.number
        return true
    }

    func close(emptying: Bool) {
        if emptying { ftruncate(descriptor, 0) }
        Glibc.close(descriptor)
    }

    /// The frames of a file from its beginning, as far as each follows on the one before.
    static func frames(of path: String) -> [JournalFrame] {
        let bytes = contents(of: path)
        var frames: [JournalFrame] = []
        var offset = 0
        while let frame = JournalFrame(bytes.span.bytes.extracting(offset..<bytes.count)) {
            // What lies behind the last frame of a turn is left from an earlier one.
            if let last = frames.last, frame.number <= last.number { break }
            offset += frame.bytes.count
            frames.append(frame)
        }
        return frames
    }

    private static func contents(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            while count < buffer.count {
                let read = pread(descriptor, buffer.baseAddress! + count, buffer.count - count, off_t(count))
                if read < 0, errno == EINTR { continue }
                guard read > 0 else { return }
                count += read
            }
        }
    }
}
