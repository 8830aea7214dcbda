/// A weak reference that may travel to any thread and is followed on its loop alone.
// @unchecked: `target` is read only in actions that run on the loop, where it lives and is let go.
package final class LoopReference<Target: AnyObject>: @unchecked Sendable {
    private weak var target: Target?
    private let loop: EventLoop

    package init(_ target: Target, on loop: EventLoop) {
        self.target = target
        self.loop = loop
    }

    /// Runs `action` on the loop, soon, unless its target is gone by then. May be called from any thread.
    package func run(_ action: @escaping @Sendable (Target) -> Void) {
        loop.submit { if let target = self.target { action(target) } }
    }
}
