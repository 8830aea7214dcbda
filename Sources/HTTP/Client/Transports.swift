/// The transports of one loop: our own, and libcurl's for what only that knows, such as egress proxies.
package final class Transports: UpstreamTransport {
    private let loop: EventLoop
    private let native: NativeTransport
    /// Made for the first call that needs it: most gateways never do.
    private var curl: CurlTransport?

    /// - Parameters:
    ///   - resolver: Shared by all loops.
    ///   - loopCount: How many loops have a share in an origin's limit on connections.
    package init(on loop: EventLoop, resolver: Resolver, loopCount: Int) {
        self.loop = loop
        native = NativeTransport(on: loop, resolver: resolver, loopCount: loopCount)
    }

    package func begin(_ request: borrowing UpstreamRequest) -> any UpstreamExchange {
        guard request.origin.needsCurl else { return native.begin(request) }
        let transport = curl ?? CurlTransport(on: loop)
        curl = transport
        return transport.begin(request)
    }

    package func close() {
        native.close()
        curl?.close()
    }
}
