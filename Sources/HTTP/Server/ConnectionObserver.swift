/// Told, on the loop, of what ends a connection while its request is being answered.
package protocol ConnectionObserver: AnyObject {
    /// The client has shut its sending side, or the connection is broken; more than once, perhaps.
    func clientLeft(isBroken: Bool)
    /// The server is about to end and waits no longer: the answer is to be ended so that the client sees that.
    func connectionAbandoned()
}
