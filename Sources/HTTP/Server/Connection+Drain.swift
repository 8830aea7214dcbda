/// How a connection ends when its server does.
extension Connection {
    /// Sets the time that an idle client has; false when it has none.
    func awaitRequest(hasAnswered: Bool) -> Bool {
        if hasOverslept { return socket.hasBytesWaiting }
        guard let drain else {
            socket.expire(after: limits.idleTimeout)
            return true
        }
        let left = hasAnswered ? drain.afterAnswer : drain.end &- min(socket.loop.now, drain.end)
        if left == 0 { return socket.hasBytesWaiting }
        socket.expire(after: min(left, limits.idleTimeout))
        return true
    }

    /// Lets go of the client after one more answer, which says so, or after `grace` nanoseconds without a request.
    ///
    /// A connection that merely rests cannot be closed without a word: the client's next request may be on its way.
    /// Who is being answered, and was told that the connection stays open, has a second after that answer.
    package func beginDraining(grace: UInt64) {
        guard !isClosing else { return }
        drain = Drain(end: socket.loop.now &+ grace, afterAnswer: min(grace, 1_000_000_000))
        if isBusy {
            if !hasBegunResponse { mustClose = true }
        } else if !awaitRequest(hasAnswered: false) {
            socket.close()
        }
        wakeUp()
    }

    /// Gives up at once what is in hand: a rest is ended, a request half read is refused, and whoever works on an
    /// answer is told as `observer`, to end it so that the client can see that it is not whole.
    package func abandon() {
        guard !isAbandoned, !isClosing else { return }
        isAbandoned = true
        mustClose = true
        guard isBusy else { return socket.close() }
        socket.expire(after: isSending ? Self.farewellNanoseconds : 0)
        observer?.connectionAbandoned()
    }
}
