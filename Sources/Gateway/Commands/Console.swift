import Glibc

/// Where commands write: results to standard output, complaints to standard error.
///
/// By `write(2)`, since `stdout` is shared mutable state that the compiler rightly refuses; whole texts at once,
/// so that lines of several threads do not mix.
package struct Console: Sendable {
    private let output: @Sendable (String) -> Void
    private let complaints: @Sendable (String) -> Void

    /// A console that hands what is written to closures, for tests.
    package init(output: @escaping @Sendable (String) -> Void, complaints: @escaping @Sendable (String) -> Void) {
        self.output = output
        self.complaints = complaints
    }

    /// The process's own standard output and error.
    package static let standard = Console(
        output: { Console.write($0, to: STDOUT_FILENO) }, complaints: { Console.write($0, to: STDERR_FILENO) })

    /// Writes a line to standard output.
    package func say(_ line: String) { output(line + "\n") }

    /// Writes a line to standard error.
    package func complain(_ line: String) { complaints(line + "\n") }

    /// Writes a text as it is to standard output.
    package func write(_ text: String) { output(text) }

    /// Writes all of `text`; a reader that went away ends it silently, as `head` expects.
    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
        }
    }
}
