import Synchronization

/// An immutable value that many threads read and one place replaces as a whole.
///
/// Each thread reads through a `Reader` of its own, which keeps a copy: a look at it costs one atomic load, and the lock
/// is taken only after a replacement, once a reader. So a new value holds from the next look on.
package final class Snapshot<Value: Sendable>: Sendable {
    private let number = Atomic<UInt64>(1)
    private let value: Lock<Value>

    package init(_ value: Value) { self.value = Lock(value) }

    /// Replaces the value.
    package func publish(_ newValue: Value) {
        value.withLock { value in
            value = newValue
            number.add(1, ordering: .releasing)
        }
    }

    /// One thread's view of a snapshot.
    package struct Reader {
        private let source: Snapshot<Value>
        private var number: UInt64
        private var value: Value

        package init(_ source: Snapshot<Value>) {
            self.source = source
            (value, number) = source.latest
        }

        /// The value as it was last published.
        package mutating func current() -> Value {
            if source.number.load(ordering: .acquiring) != number { (value, number) = source.latest }
            return value
        }
    }

    private var latest: (Value, UInt64) {
        // Under the lock the two belong together.
        value.withLock { ($0, number.load(ordering: .relaxed)) }
    }
}
