import Foundation
import Glibc
import Platform

/// A program that runs beside the test, with everything that it writes; killed when the value goes.
///
/// Every wait has a bound, so that a program that says nothing, or never ends, fails a test instead of hanging it.
package final class ChildProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openStreams = 2
        var exit: Int32?
    }

    private let process: Process
    private let input: FileHandle?
    private let state = Monitor(State())

    /// Starts `executable`.
    ///
    /// - Parameters:
    ///   - environment: Added to the test's own, less the variables that the gateway reads.
    ///   - directory: Where it runs; by default where the test does.
    ///   - input: A descriptor that it gets as its standard input; nothing by default.
    ///   - takesInput: Whether `write` reaches it; its standard input is empty otherwise.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
        input descriptor: Int32? = nil, takesInput: Bool = false
    ) throws {
        let output = Pipe()
        let errors = Pipe()
        process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        let inherited = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("LLM_") && !name.hasSuffix("_API_KEY")
        }
        process.environment = inherited.merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let pipe = takesInput ? Pipe() : nil
        if let pipe {
            process.standardInput = pipe
        } else {
            process.standardInput = descriptor.map { FileHandle(fileDescriptor: $0) } ?? .nullDevice
        }
        input = pipe?.fileHandleForWriting
        process.standardOutput = output
        process.standardError = errors
        let state = state
        process.terminationHandler = { process in
            // By the shell's convention, so that one number tells all.
            let isKilled = process.terminationReason == .uncaughtSignal
            state.withLock { $0.exit = process.terminationStatus + (isKilled ? 128 : 0) }
            state.wake()
        }
        try process.run()
        Self.collect(output, into: state) { $0.output += $1 }
        Self.collect(errors, into: state) { $0.errors += $1 }
    }

    deinit { signal(SIGKILL) }

    private static func collect(
        _ pipe: Pipe, into state: Monitor<State>, by append: @escaping @Sendable (inout State, Data) -> Void
    ) {
        let handle = pipe.fileHandleForReading
        _ = WorkerThread(name: "child-output") {
            while case let data = handle.availableData, !data.isEmpty {
                state.withLock { append(&$0, data) }
                state.wake()
            }
            state.withLock { $0.openStreams -= 1 }
            state.wake()
        }
    }

    /// Writes to its standard input.
    package func write(_ text: String) throws { try input?.write(contentsOf: Data(text.utf8)) }

    /// Its number.
    package var identifier: Int32 { process.processIdentifier }
    /// What it has written so far.
    package var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    package var errors: String { state.withLock { String(decoding: $0.errors, as: UTF8.self) } }
    package var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    /// Sends a signal, unless it has ended.
    package func signal(_ number: Int32) {
        // The number of a process that has ended may be another's by now.
        state.withLock { state in
            if state.exit == nil { kill(process.processIdentifier, number) }
        }
    }

    /// Waits until it has written what `pattern` matches, and returns the match's parts.
    ///
    /// - Throws: `Failure`, with all that it wrote, when it has ended or `limit` has passed before that.
    package func wait<Parts>(
        for pattern: Regex<Parts>, inErrors: Bool = false, atMost limit: Duration = .seconds(30)
    ) throws -> Parts {
        var found: Regex<Parts>.Match?
        state.wait(atMost: limit) { state in
            let text = String(decoding: inErrors ? state.errors : state.output, as: UTF8.self)
            found = text.firstMatch(of: pattern)
            return found != nil || (state.exit != nil && state.openStreams == 0)
        }
        guard let found else {
            let end = state.withLock(\.exit).map { "ended with \($0)" } ?? "did not say so within \(limit)"
            throw Failure(description: "\(end); it wrote:\n\(output)\(errors)")
        }
        return found.output
    }

    /// Waits until it has ended and everything that it wrote has come.
    ///
    /// - Returns: Its exit code, 128 and the number for a signal; `nil` when it still runs after `limit`.
    package func waitForExit(atMost limit: Duration = .seconds(30)) -> Int32? {
        state.wait(atMost: limit) { $0.exit != nil && $0.openStreams == 0 }
        return state.withLock(\.exit)
    }
}
