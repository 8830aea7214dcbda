/// Where one task of a loop sleeps until something else on the same loop wakes it. Belongs to the loop.
///
/// A wake-up with nobody asleep is remembered for the next one, so that none is lost in between.
final class Gate {
    private var sleeper: UnsafeContinuation<Void, Never>?
    private var isOpen = false

    /// Sleeps until `wake`, or returns at once when that has come since the last sleep. May wake for no reason:
    /// whoever sleeps looks at the state again.
    func sleep() async {
        if isOpen {
            isOpen = false
            return
        }
        await withUnsafeContinuation { sleeper = $0 }
    }

    func wake() {
        guard let waiting = sleeper else {
            isOpen = true
            return
        }
        sleeper = nil
        waiting.resume()
    }
}
