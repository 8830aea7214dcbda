import CCurl
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
    /// A path of a file of trusted certificates; nil for the system's.
    let certificateFile: String?

    /// Idle easy handles kept for reuse; each holds its buffers.
    private static let idleHandleLimit = 64

    /// Must be called on the loop.
    package init(on loop: EventLoop, certificateFile: String? = nil, keptConnections: Int = 256) {
        self.loop = loop
        self.certificateFile = certificateFile
        _ = Self.initialized
        guard let multi = curl_multi_init() else { preconditionFailure("libcurl has no memory for a multi handle") }
        self.multi = multi
        let me = Unmanaged.passUnretained(self).toOpaque()
        ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, me)
        ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, me)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, keptConnections)
        ccurl_multi_set_socket_callback(multi) { _, descriptor, what, context, _ in
            Unmanaged<CurlTransport>.fromOpaque(context!).takeUnretainedValue().watch(descriptor, what)
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

    deinit { curl_multi_cleanup(multi) }

    package func begin(_ request: borrowing UpstreamRequest) -> any UpstreamExchange {
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
    }

    /// Takes a handle off libcurl; the connection of an unfinished call is closed with it.
    func detach(_ exchange: CurlExchange) { curl_multi_remove_handle(multi, exchange.easy) }

    /// Keeps an ended exchange for the next call.
    func recycle(_ exchange: CurlExchange) {
        live[ObjectIdentifier(exchange)] = nil
        if idle.count < Self.idleHandleLimit, !isClosed { idle.append(exchange) }
    }

    // MARK: What libcurl asks for

    private func watch(_ descriptor: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            // A connection may live on in libcurl's pool; its watch ends when libcurl closes it, which saves two
            // system calls a request. Until then events are ignored. Of any other descriptor this is the last
            // that we hear: its number may come back as another's.
            if connections.contains(descriptor) {
                watches[descriptor]?.isWanted = false
            } else if watches[descriptor] != nil {
                unwatch(descriptor)
            }
            return
        }
        var readiness: Readiness = []
        if what & CURL_POLL_IN != 0 { readiness.insert(.read) }
        if what & CURL_POLL_OUT != 0 { readiness.insert(.write) }
        if let known = watches[descriptor] {
            known.isWanted = true
            if known.readiness != readiness {
                known.readiness = readiness
                loop.update(descriptor, for: readiness)
            }
            return
        }
        let watch = CurlSocketWatch(self, descriptor, readiness)
        watches[descriptor] = watch
        do throws(SocketError) {
            try loop.register(descriptor, for: readiness, watch)
        } catch {
            // Not watched, the call will end by its deadline.
            watches[descriptor] = nil
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

    init(_ transport: CurlTransport, _ descriptor: Int32, _ readiness: Readiness) {
        self.transport = transport
        self.descriptor = descriptor
        self.readiness = readiness
    }

    func ready(_ readiness: Readiness) {
        if isWanted {
            transport.socketAction(descriptor, readiness)
        } else {
            // Something came on a connection at rest, its end most likely: level-triggered it would come for ever.
            transport.unwatch(descriptor)
        }
    }
}
