import Glibc

/// A bounded queue from many threads to one that works through it in groups.
///
/// Whoever offers never waits: a full queue says so. Whoever takes sleeps until there is something.
// @unchecked: everything behind `mutex` is touched only while it is held; a condition variable needs a pthread mutex.
package final class WorkQueue<Item: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var items: [Item] = []
    private var weight = 0
    private var isClosed = false
    private let weightLimit: Int

    /// - Parameter weightLimit: The sum of the weights that may wait at once, in the caller's unit.
    package init(weightLimit: Int) {
        self.weightLimit = weightLimit
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Adds an item; false when it would exceed the limit, or the queue is closed.
    package func offer(_ item: Item, weight: Int = 1) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed, self.weight &+ weight <= weightLimit else { return false }
        items.append(item)
        self.weight &+= weight
        if items.count == 1 { pthread_cond_signal(condition) }
        return true
    }

    /// Takes everything that waits, oldest first.
    ///
    /// - Parameter patience: Nanoseconds to wait for a first item.
    /// - Returns: Nothing when none came in time; nil once the queue is closed and empty.
    package func takeAll(patience: UInt64) -> [Item]? {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec &+ Int(patience % 1_000_000_000)
        deadline.tv_sec += Int(patience / 1_000_000_000) &+ nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.isEmpty, !isClosed {
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { break }
        }
        if items.isEmpty { return isClosed ? nil : [] }
        defer {
            items = []
            weight = 0
        }
        return items
    }

    /// Refuses further items; what waits is still taken.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }
}
