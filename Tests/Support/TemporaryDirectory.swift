import Foundation

/// A directory of its own for one test, removed when the value goes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    /// - Parameter isInMemory: Where the machine has a file system in memory, there: for tests of what the program does
    ///   in time, which a disk that others write to would spoil.
    package init(isInMemory: Bool = false) {
        let memory = "/dev/shm"
        let parent =
            isInMemory && FileManager.default.isWritableFile(atPath: memory)
            ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
        path = parent.appendingPathComponent("gateway-test-\(UUID().uuidString)").path
        try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
