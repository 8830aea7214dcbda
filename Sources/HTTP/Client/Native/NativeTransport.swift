/// Upstream calls over HTTP/1.1 connections of our own on the loop, plain or TLS, kept and used again.
///
/// A call is linear code on its caller's task: nothing goes on between two of its calls, so a caller that does not
/// read holds the upstream up by TCP alone.
package final class NativeTransport: UpstreamTransport {
    let loop: EventLoop
    let resolver: Resolver
    private let loopCount: Int
    private var pools: [ObjectIdentifier: NativePool] = [:]
    private var lastPool: NativePool?
    private var idle: [NativeExchange] = []
    private var live: [NativeExchange] = []
    private var isClosed = false

    /// Ended calls kept for reuse; each holds its buffers.
    private static let idleLimit = 64

    /// Must be called on the loop, and `close` at the end.
    ///
    /// - Parameters:
    ///   - resolver: Shared by all loops.
    ///   - loopCount: How many loops have a share in an origin's limit on connections.
    package init(on loop: EventLoop, resolver: Resolver, loopCount: Int = 1) {
        self.loop = loop
        self.resolver = resolver
        self.loopCount = max(loopCount, 1)
    }

    package func begin(_ request: borrowing UpstreamRequest) -> any UpstreamExchange {
        precondition(!isClosed, "a transport that was closed makes no calls")
        let exchange = idle.popLast() ?? NativeExchange(self)
        exchange.liveIndex = live.count
        live.append(exchange)
        exchange.start(request, pool(of: request.origin))
        return exchange
    }

    private func pool(of origin: UpstreamOrigin) -> NativePool {
        if let lastPool, lastPool.origin === origin { return lastPool }
        let key = ObjectIdentifier(origin)
        let pool = pools[key] ?? NativePool(origin, limit: max(origin.connectionLimit / loopCount, 1))
        pools[key] = pool
        lastPool = pool
        return pool
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        for exchange in live { exchange.cancel() }
        for pool in pools.values { pool.close() }
        idle = []
    }

    /// Takes back an ended call.
    func recycle(_ exchange: NativeExchange) {
        let last = live.removeLast()
        if last !== exchange {
            live[exchange.liveIndex] = last
            last.liveIndex = exchange.liveIndex
        }
        if idle.count < Self.idleLimit, !isClosed { idle.append(exchange) }
    }
}
