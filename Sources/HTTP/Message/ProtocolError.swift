/// A message that breaks HTTP's rules or a limit, with the status that says so.
///
/// Whoever meets one answers once with `Connection: close` and reads no second request out of the remains.
package struct ProtocolError: Error, Equatable, Sendable {
    package let status: Int
    /// What is wrong, as a person can act on it; never a quote from the message.
    package let reason: StaticString

    package init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.status == right.status && left.reason.description == right.reason.description
    }
}
