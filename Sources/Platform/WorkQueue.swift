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
        let (isTaken, mustWake) = state.withLock { state in
            guard !state.isClosed, state.weight &+ weight <= weightLimit else { return (false, false) }
            state.items.append(item)
            state.weight &+= weight
            // Who gathers sleeps on until half of what may wait has come.
            let isHalfFull = state.weight > weightLimit / 2 && state.weight &- weight <= weightLimit / 2
            return (true, state.items.count == 1 || isHalfFull)
        }
        if mustWake { state.wake() }
        return isTaken
    }

    /// Takes everything that waits, oldest first.
    ///
    /// - Parameters:
    ///   - patience: How long to wait for a first item.
    ///   - gathering: How long then to wait for others, unless half of what may wait has come.
    /// - Returns: Nothing when none came in time; nil once the queue is closed and empty.
    package func takeAll(patience: Duration, gathering: Duration = .zero) -> [Item]? {
        let isReady = state.wait(atMost: patience) { !$0.items.isEmpty || $0.isClosed }
        if isReady, gathering > .zero {
            state.wait(atMost: gathering) { $0.isClosed || $0.weight > weightLimit / 2 }
        }
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
