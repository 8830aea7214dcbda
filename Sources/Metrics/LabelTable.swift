import Platform

/// A name that may stand in a metric's label: a small number in place of text.
package struct Label: Hashable, Sendable {
    let index: UInt16

    /// Any name that no configuration has named: what clients send must not make series.
    package static let other = Label(index: 0)
}

/// The names of one kind, models or providers, that the configuration has named so far.
///
/// Names are added when a configuration is loaded and stay for the life of the process, as their series do.
package final class LabelTable: Sendable {
    private struct State {
        var names = ["other"]
        var labels: [String: Label] = [:]
    }

    /// More names than this are all `other`: the bundled catalogue has some two hundred.
    private static let limit = 4096
    private let state = Lock(State())

    package init(_ names: some Sequence<String> = []) {
        for name in names { _ = intern(name) }
    }

    /// The label of a name from the configuration, made if need be.
    package func intern(_ name: String) -> Label {
        state.withLock { state in
            if let label = state.labels[name] { return label }
            guard state.names.count < Self.limit else { return .other }
            let label = Label(index: UInt16(state.names.count))
            state.names.append(name)
            state.labels[name] = label
            return label
        }
    }

    /// The label of any name, `other` unless the configuration named it.
    package func label(of name: String) -> Label { state.withLock { $0.labels[name] ?? .other } }

    /// Every name, at its label's index.
    package var names: [String] { state.withLock { $0.names } }
}
