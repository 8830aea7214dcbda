/// Sees to it that a body which is passed on as it comes does come: a client that stops, or dribbles, is told off.
///
/// Time counts only while somebody asks for more and there is none, so a slow upstream is not the client's fault.
final class UploadWatch {
    private let loop: EventLoop
    private var pace: TransferPace
    /// When the wait in hand began.
    private var began: UInt64?
    private let deadline = Deadline()
    private(set) var isTooSlow = false

    /// - Parameter onExpiry: Called once a wait has lasted for as long as it may: the body is to be looked at again,
    ///   and is too slow if still nothing has come.
    init(_ pace: TransferPace, on loop: EventLoop, onExpiry: @escaping () -> Void) {
        self.pace = pace
        self.loop = loop
        deadline.whenExpired(onExpiry)
    }

    /// Nothing is there that was asked for.
    func waits() {
        let before = began ?? loop.now
        pace.note(bytes: 0, waited: loop.now &- before)
        let isFirst = began == nil
        began = loop.now
        let wait = pace.nextWait
        if wait == 0 || (!isFirst && !deadline.isArmed) {
            isTooSlow = true
        } else if isFirst {
            loop.arm(deadline, nanoseconds: wait)
        }
    }

    func came(_ bytes: Int) {
        pace.note(bytes: bytes, waited: began.map { loop.now &- $0 } ?? 0)
        began = nil
        deadline.cancel()
    }

    /// Ends the watch; must be called.
    func end() { loop.remove(deadline) }
}
