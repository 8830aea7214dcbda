import Synchronization

/// How many bytes the buffers of all requests in hand may take together, over every loop, and how many they do.
package final class BufferBudget: Sendable {
    package let limitBytes: Int
    private let total = Atomic<Int>(0)

    package init(limitBytes: Int) { self.limitBytes = limitBytes }

    /// Bytes taken, to the nearest 64 KB a loop.
    package var bytes: Int { total.load(ordering: .relaxed) }
    /// Whether nothing new should be begun.
    package var isSpent: Bool { bytes >= limitBytes }

    fileprivate func add(_ change: Int) { total.add(change, ordering: .relaxed) }
}

/// One loop's part of a budget: plain arithmetic, told to the others in steps of 64 KB, so that requests of common
/// sizes touch no memory that loops share.
package final class BufferCount {
    package let budget: BufferBudget
    private var held = 0
    private var told = 0

    private static let step = 65536

    package init(_ budget: BufferBudget) { self.budget = budget }

    /// Counts bytes that a buffer has taken, or given back.
    func change(by bytes: Int) {
        held &+= bytes
        let untold = held &- told
        guard abs(untold) >= Self.step || (held == 0 && told != 0) else { return }
        budget.add(untold)
        told = held
    }
}
