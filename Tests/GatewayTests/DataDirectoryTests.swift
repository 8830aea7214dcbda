import Gateway
import Glibc
import TestSupport
import Testing

/// One gateway at a time has a data directory.
struct DataDirectoryTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.path + "/data" }

    @Test func `a second gateway gets the directory as soon as the first lets go, and is told that it waits`() throws {
        let first = try DataDirectory(path)
        var waits = 0
        let second = try DataDirectory(path) {
            waits += 1
            first.release()
        }
        #expect(waits == 1)
        second.release()
    }

    @Test func `a second gateway is refused with a clear line when the first stays`() throws {
        let first = try DataDirectory(path)
        defer { first.release() }
        let refused = #expect(throws: StartupError.self) { try DataDirectory(path, patience: 0) }
        let said = refused?.description ?? ""
        #expect(said.contains("'\(path)' is in use by another gateway; stop that one, or name another with --data"))
    }

    @Test func `a command takes a directory that no gateway holds, and makes none`() throws {
        #expect(throws: StartupError.self) { try DataDirectory(holdingIdle: path) }
        #expect(access(path, F_OK) != 0)
        try DataDirectory(path).release()
        let idle = try #require(try DataDirectory(holdingIdle: path))
        #expect(try DataDirectory(holdingIdle: path) == nil)
        idle.release()
        let gateway = try DataDirectory(path, patience: 0)
        #expect(try DataDirectory(holdingIdle: path) == nil)
        gateway.release()
    }
}
