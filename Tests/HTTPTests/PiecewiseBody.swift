import HTTP

/// A request's body that comes when the test says so. Belongs to the loop.
final class PiecewiseBody: BodySource {
    let announcedLength: Int?
    /// Bytes that the transport has taken.
    private(set) var pulledBytes = 0
    private var waiting: [UInt8] = []
    private var next = 0
    private var isEnded = false
    private var isBroken = false
    private var notify: (() -> Void)?

    /// - Parameter length: The announced length; nil for chunks.
    init(length: Int?) { announcedLength = length }

    /// Adds a piece; the last one says so.
    func add(_ piece: String, isLast: Bool = false) {
        waiting += piece.utf8
        isEnded = isLast
        notify?()
    }

    /// The sender is gone.
    func breakOff() {
        isBroken = true
        notify?()
    }

    func whenMore(_ notify: (() -> Void)?) { self.notify = notify }

    func pull(into destination: UnsafeMutableRawBufferPointer) -> BodyPull {
        if isBroken { return .failed }
        guard next < waiting.count else { return isEnded ? .end : .later }
        let count = min(waiting.count - next, destination.count)
        destination.copyBytes(from: waiting[next..<(next + count)])
        next += count
        pulledBytes += count
        return .bytes(count)
    }
}
