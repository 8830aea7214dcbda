/// A closed set of values that are stored by number and shown by name.
///
/// The numbers are in ledgers on disk: a value may be added, never renumbered. The names are the contract with
/// readers of reports, exports and metrics.
package protocol NamedValue: RawRepresentable<UInt8>, CaseIterable, Hashable, Sendable {
    /// The name in reports, exports and metrics; by default the case's own.
    var name: String { get }
}

extension NamedValue {
    package var name: String { String(describing: self) }

    /// The value called `name`.
    package init?(name: some StringProtocol) {
        guard let value = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = value
    }
}
