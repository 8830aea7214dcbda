import Foundation
import Glibc

/// The built program `gateway`, as a user runs it: a process of its own.
package final class GatewayProcess: Sendable {
    /// Where clients are served, ending in `/v1`, and operators.
    package let baseURL: String
    package let adminURL: String
    package let port: UInt16
    package let adminPort: UInt16
    package let dataDirectory: String
    private let child: ChildProcess

    /// Runs `gateway serve` on free ports, and returns once it says where it serves.
    ///
    /// - Parameters:
    ///   - data: Its data directory.
    ///   - options: More words of the command line.
    ///   - limit: The longest that it may take to start.
    /// - Throws: `ChildProcess.Failure` with what it said instead.
    package convenience init(
        data: String, _ options: String..., environment: [String: String] = [:], atMost limit: Duration = .seconds(30)
    ) throws {
        let child = try Self.start(data: data, options, environment: environment)
        try self.init(child, data: data, atMost: limit)
    }

    /// Waits until `child`, which `start` began, serves.
    package init(_ child: ChildProcess, data: String, atMost limit: Duration = .seconds(30)) throws {
        let banner = /clients +(http:\/\/\S+:(\d+)\/v1)[^\n]*\n +operators +(http:\/\/[^\/]+:(\d+))\//
        let parts = try child.wait(for: banner, atMost: limit)
        baseURL = String(parts.1)
        port = UInt16(parts.2)!
        adminURL = String(parts.3)
        adminPort = UInt16(parts.4)!
        dataDirectory = data
        self.child = child
    }

    deinit {
        // Its data directory may go next.
        child.signal(SIGKILL)
        _ = child.waitForExit()
    }

    /// Begins `gateway serve` on free ports, which may fail to start.
    package static func start(
        data: String, _ options: [String], environment: [String: String] = [:]
    ) throws -> ChildProcess {
        var words = ["serve", "--data", data]
        for name in ["--listen", "--admin"] where !options.contains(name) { words += [name, "127.0.0.1:0"] }
        return try command(words + options, environment: environment)
    }

    /// Begins `gateway serve` as systemd does a service with a socket: `listening` is its descriptor 3, and lives on
    /// in this process when it has ended.
    package static func start(data: String, listening: Int32, _ options: String...) throws -> ChildProcess {
        // Only the new process knows its own number, and a shell keeps its own for what it becomes.
        let script = #"exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" "$@""#
        return try ChildProcess(
            "/bin/sh", ["-c", script, binary, "serve", "--data", data, "--admin", "127.0.0.1:0"] + options,
            directory: FileManager.default.temporaryDirectory.path, input: listening)
    }

    /// Begins `gateway serve` with no more than so many descriptors.
    package static func start(data: String, descriptors: Int, _ options: [String]) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            ["-c", #"ulimit -n "$0" && exec "$@""#, String(descriptors), binary, "serve", "--data", data]
                + ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"] + options,
            directory: FileManager.default.temporaryDirectory.path)
    }

    /// Begins `gateway` with the words of a command line, in the directory for temporary files.
    package static func command(_ words: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            binary, words, environment: environment, directory: FileManager.default.temporaryDirectory.path)
    }

    /// The program: `GATEWAY_BINARY` where it is set, else the one that was built with these tests.
    package static let binary: String = {
        if let named = ProcessInfo.processInfo.environment["GATEWAY_BINARY"] { return named }
        // The runner of the tests, or the bundle that it is told to run, lies beside the program.
        let neighbours = CommandLine.arguments.filter { $0.hasPrefix("/") }
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
        let candidates = (neighbours + [repository + "/.build/debug"]).map { $0 + "/gateway" }
        var isDirectory: ObjCBool = false
        guard
            let found = candidates.first(where: {
                FileManager.default.fileExists(atPath: $0, isDirectory: &isDirectory) && !isDirectory.boolValue
            })
        else { preconditionFailure("the program gateway is not built; swift build builds it") }
        return found
    }()

    /// Where the sources are.
    package static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    // MARK: While it runs

    package var errors: String { child.errors }

    /// Waits until it has written something to standard error.
    package func waitForError<Parts>(_ pattern: Regex<Parts>) throws -> Parts {
        try child.wait(for: pattern, inErrors: true)
    }

    /// The number of the process.
    package var identifier: Int32 { child.identifier }

    package func signal(_ number: Int32) { child.signal(number) }

    /// Stops it where it is, for `SIGCONT` to let it go on; false when it does not stand still within `limit`.
    package func pause(atMost limit: Duration = .patience) -> Bool {
        signal(SIGSTOP)
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            let status = try? String(contentsOfFile: "/proc/\(child.identifier)/status", encoding: .utf8)
            if status?.contains("State:\tT") == true { return true }
        }
        return false
    }

    /// Waits until it has ended and returns its exit code, 128 and the number for a signal; `nil` when it still runs.
    package func waitForExit(atMost limit: Duration = .seconds(30)) -> Int32? { child.waitForExit(atMost: limit) }

    /// Sends a chat request on a connection of its own and returns everything that came until it was closed.
    package func chat(_ body: String, headers: [String] = []) throws -> Answer {
        let client = try RawClient(port: port)
        try client.send(Self.request(body, headers: ["Connection: close"] + headers))
        return Answer(try client.receiveAll())
    }

    /// Asks the admin plane.
    package func admin(_ path: String, headers: [String] = []) throws -> Answer {
        let client = try RawClient(port: adminPort)
        let lines = ["Host: gateway", "Connection: close"] + headers
        try client.send("GET \(path) HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n")
        return Answer(try client.receiveAll())
    }

    /// The bytes of a chat request.
    package static func request(_ body: String, headers: [String] = []) -> String {
        let lines = ["Host: gateway", "Content-Length: \(body.utf8.count)"] + headers
        return "POST /v1/chat/completions HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n\(body)"
    }
}
