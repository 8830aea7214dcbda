/// A key or password, which no description, dump or interpolation shows.
package struct Secret: Sendable, Equatable {
    /// The secret itself. Whoever reads this answers for where it goes.
    package let value: String

    package init(_ value: String) { self.value = value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
