/// Why the gateway could not start: one line that says what, where, and how to mend it.
package struct StartupError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
