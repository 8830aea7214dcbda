/// Where the bytes of a body come from when it is passed on as it arrives, never held whole.
///
/// Pull-based, so that back-pressure needs no rule of its own: what nobody asks for stays in the kernel's buffer.
package protocol BodySource: AnyObject {
    /// The body's length when it was announced.
    var announcedLength: Int? { get }
    /// Copies the next bytes into `destination`, without waiting.
    func pull(into destination: UnsafeMutableRawBufferPointer) -> BodyPull
    /// Says whom to tell, on the loop, once there may be more after `.later`; nil for nobody.
    func whenMore(_ notify: (() -> Void)?)
}

/// What a pull found.
package enum BodyPull: Equatable, Sendable {
    case bytes(Int)
    case later
    case end
    /// The sender is gone, too slow, or broke the framing: the body will never be whole.
    case failed
}
