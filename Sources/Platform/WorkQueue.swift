/// A bounded queue from many threads to one that works through it in groups.
///
/// Whoever offers never waits: a full queue says so. Whoever takes sleeps until there is something.
package final class WorkQueue<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var weight = 0
        var isClosed = false
    }
    private let state = Monitor(State())
    private let weightLimit: Int

    /// - Parameter weightLimit: The sum of the weights that may wait at once, in the caller's unit.
    package init(weightLimit: Int) { self.weightLimit = weightLimit }

    /// Adds an item; false when it would exceed the limit, or the queue is closed.
    package func offer(_ item: Item, weight: Int = 1) -> Bool {
        let (isTaken, isFirst) = state.withLock { state in
            guard !state.isClosed, state.weight &+ weight <= weightLimit else { return (false, false) }
            state.items.append(item)
            state.weight &+= weight
            return (true, state.items.count == 1)
        }
        if isFirst { state.wake() }
        return isTaken
    }

    /// Takes everything that waits, oldest first.
    ///
    /// - Parameter patience: How long to wait for a first item.
    /// - Returns: Nothing when none came in time; nil once the queue is closed and empty.
    package func takeAll(patience: Duration) -> [Item]? {
        state.wait(atMost: patience) { !$0.items.isEmpty || $0.isClosed }
        return state.withLock { state in
            if state.items.isEmpty { return state.isClosed ? nil : [] }
            defer {
                state.items = []
                state.weight = 0
            }
            return state.items
        }
    }

    /// Refuses further items; what waits is still taken.
    package func close() {
        state.withLock { $0.isClosed = true }
        state.wake()
    }
}
