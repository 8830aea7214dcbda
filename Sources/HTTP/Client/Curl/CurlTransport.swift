import CCurl
import CSystem
import Glibc

/// Upstream calls by libcurl's multi interface, driven by the loop's own epoll set.
///
/// libcurl names sockets and a timer; the loop reports what happens to them. Its callbacks only take notes: whoever
/// waits is resumed by the loop afterwards, so nothing of ours runs inside libcurl.
package final class CurlTransport: UpstreamTransport {
    let loop: EventLoop
    private let multi: UnsafeMutableRawPointer
    private let timer = Deadline()
    private var watches: [Int32: CurlSocketWatch] = [:]
    /// The sockets of connections, which libcurl says when it closes; it does not say so of its resolver's.
    private var connections: Set<Int32> = []
    private var idle: [CurlExchange] = []
    private var live: [ObjectIdentifier: CurlExchange] = [:]
    private var isActionQueued = false
    private var isClosed = false

    /// Idle easy handles kept for reuse; each holds its buffers.
    private static let idleHandleLimit = 64

    /// Must be called on the loop, and `close` at the end.
    package init(on loop: EventLoop, keptConnections: Int = 256) {
        self.loop = loop
        _ = Self.initialized
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl has no memory for a multi handle") }
        self.multi = multi
        let me = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, keptConnections)
        ccurl_multi_set_socket_callback(multi) { easy, descriptor, what, context, _ in
            Unmanaged<CurlTransport>.fromOpaque(context!).takeUnretainedValue().watch(descriptor, what, easy)
            return 0
        }
        ccurl_multi_set_timer_callback(multi) { _, milliseconds, context in
            Unmanaged<CurlTransport>.fromOpaque(context!).takeUnretainedValue().setTimer(milliseconds)
            return 0
        }
        timer.whenExpired { [unowned self] in timeAction() }
    }

    // Once in the process, before any handle.
    private static let initialized: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    package func begin(_ request: borrowing UpstreamRequest) -> any UpstreamExchange {
        precondition(!isClosed, "a transport that was closed makes no calls")
        dropSpoiledConnections()
        let exchange = idle.popLast() ?? CurlExchange(self)
        live[ObjectIdentifier(exchange)] = exchange
        exchange.start(request)
        curl_multi_add_handle(multi, exchange.easy)
        return exchange
    }

    package func close() {
        guard !isClosed else { return }
        isClosed = true
        for exchange in live.values { exchange.cancel() }
        idle.removeAll()
        loop.remove(timer)
        // Here and not at the end of life: closing its connections, libcurl calls back.
        curl_multi_cleanup(multi)
        for descriptor in Array(watches.keys) { unwatch(descriptor) }
    }

    /// Takes a handle off libcurl; the connection of an unfinished call is closed with it.
    func detach(_ exchange: CurlExchange) { curl_multi_remove_handle(multi, exchange.easy) }

    /// Drops each connection at rest on which something has come: libcurl would take it for the next call's answer.
    private func dropSpoiledConnections() {
        for (descriptor, watch) in watches where watch.isAtRest && hasSomethingToRead(descriptor) { kill(descriptor) }
    }

    /// Whether bytes, or the peer's end, wait on a descriptor.
    private func hasSomethingToRead(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, csystem_MSG_LOOK) >= 0
    }

    /// Ends a connection in libcurl's pool behind its back.
    ///
    /// libcurl offers no way to close one connection, and its own look at a kept one (7.88: a peek, to which any byte
    /// is a sign of life) lets a stray answer pass. So a socket whose peer has gone takes the descriptor's place: that
    /// look finds the end, and libcurl closes it.
    fileprivate func kill(_ descriptor: Int32) {
        unwatch(descriptor)
        var pair: (Int32, Int32) = (-1, -1)
        let made = withUnsafeMutableBytes(of: &pair) {
            socketpair(
                AF_UNIX, csystem_SOCK_STREAM | csystem_SOCK_CLOEXEC, 0, $0.bindMemory(to: Int32.self).baseAddress)
        }
        guard made == 0 else {
            // Without a descriptor to spare: at least neither side can use it any more.
            shutdown(descriptor, Int32(SHUT_RDWR))
            return
        }
        Glibc.close(pair.1)
        csystem_replace(pair.0, descriptor)
        Glibc.close(pair.0)
    }

    /// Keeps an ended exchange for the next call.
    func recycle(_ exchange: CurlExchange) {
        live[ObjectIdentifier(exchange)] = nil
        if idle.count < Self.idleHandleLimit, !isClosed { idle.append(exchange) }
    }

    // MARK: What libcurl asks for

    private func watch(_ descriptor: Int32, _ what: Int32, _ easy: UnsafeMutableRawPointer?) {
        if what == CURL_POLL_REMOVE {
            // A connection may live on in libcurl's pool; its watch ends when libcurl closes it, which saves two
            // system calls a request. Until then events are ignored. Of any other descriptor this is the last
            // that we hear: its number may come back as another's.
            if connections.contains(descriptor) {
                rest(descriptor)
            } else if watches[descriptor] != nil {
                unwatch(descriptor)
            }
            return
        }
        var readiness: Readiness = []
        if what & CURL_POLL_IN != 0 { readiness.insert(.read) }
        if what & CURL_POLL_OUT != 0 { readiness.insert(.write) }
        let user = easy.flatMap { ccurl_private($0) }.map { context in
            Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue().use
        }
        if let known = watches[descriptor] {
            known.isWanted = true
            known.user = user
            if known.readiness != readiness {
                known.readiness = readiness
                loop.update(descriptor, for: readiness)
            }
            return
        }
        let watch = CurlSocketWatch(self, descriptor, readiness)
        watch.user = user
        watches[descriptor] = watch
        do throws(SocketError) {
            try loop.register(descriptor, for: readiness, watch)
        } catch {
            // Not watched, the call will end by its deadline.
            watches[descriptor] = nil
        }
    }

    /// A connection is paused, at rest, or about to be closed: from now on only what it has to read is of interest.
    private func rest(_ descriptor: Int32) {
        guard let watch = watches[descriptor] else { return }
        watch.isWanted = false
        if watch.readiness != .read {
            watch.readiness = .read
            loop.update(descriptor, for: .read)
        }
    }

    /// libcurl has made a socket for a connection.
    func opened(_ descriptor: Int32) { connections.insert(descriptor) }

    /// libcurl is about to close a connection's socket.
    func forget(_ descriptor: Int32) {
        connections.remove(descriptor)
        if watches.removeValue(forKey: descriptor) != nil { loop.unregister(descriptor) }
    }

    fileprivate func unwatch(_ descriptor: Int32) {
        watches[descriptor] = nil
        loop.unregister(descriptor)
    }

    private func setTimer(_ milliseconds: Int) {
        if milliseconds < 0 {
            timer.cancel()
        } else if milliseconds == 0 {
            timer.cancel()
            queueTimeAction()
        } else {
            loop.arm(timer, nanoseconds: UInt64(milliseconds) &* 1_000_000)
        }
    }

    private func queueTimeAction() {
        guard !isActionQueued else { return }
        isActionQueued = true
        loop.soon { [weak self] in
            self?.isActionQueued = false
            self?.timeAction()
        }
    }

    private func timeAction() {
        var running: Int32 = 0
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
        collectFinished()
    }

    fileprivate func socketAction(_ descriptor: Int32, _ readiness: Readiness) {
        var mask: Int32 = 0
        if readiness.contains(.read) { mask |= CURL_CSELECT_IN }
        if readiness.contains(.write) { mask |= CURL_CSELECT_OUT }
        if !readiness.isDisjoint(with: .failed) { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        curl_multi_socket_action(multi, descriptor, mask, &running)
        collectFinished()
    }

    /// Tells the calls that libcurl has ended.
    func collectFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let context = ccurl_private(message.pointee.easy_handle) else {
                continue
            }
            let result = ccurl_message_result(message)
            Unmanaged<CurlExchange>.fromOpaque(context).takeUnretainedValue().ended(result)
        }
    }
}

/// A socket of libcurl's in the loop's epoll set.
private final class CurlSocketWatch: EventHandler {
    private unowned let transport: CurlTransport
    private let descriptor: Int32
    var readiness: Readiness
    /// Whether libcurl wants to hear of it, or merely keeps it.
    var isWanted = true
    /// The latest call over it.
    var user: CurlExchange.Use?

    /// Whether it is kept for a later call, and not paused by the one in hand.
    var isAtRest: Bool { !isWanted && user?.isOver != false }

    init(_ transport: CurlTransport, _ descriptor: Int32, _ readiness: Readiness) {
        self.transport = transport
        self.descriptor = descriptor
        self.readiness = readiness
    }

    func ready(_ readiness: Readiness) {
        if isWanted {
            transport.socketAction(descriptor, readiness)
        } else if isAtRest {
            // Its end, or an answer that nobody asked for.
            transport.kill(descriptor)
        } else {
            // Level-triggered it would be told again and again; libcurl asks anew when the pause is over.
            transport.unwatch(descriptor)
        }
    }
}
