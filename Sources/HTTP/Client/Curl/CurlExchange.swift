import CCurl
import Glibc

/// One call made by libcurl, and the easy handle that it reuses.
final class CurlExchange: UpstreamExchange {
    /// Kept by its transport as well, until that is closed.
    private let transport: CurlTransport
    let easy: UnsafeMutableRawPointer
    let head = ResponseHead()
    var received = ByteBuffer(capacity: 4096)

    /// One call among those that this object serves, for a socket to remember.
    struct Use {
        fileprivate let exchange: CurlExchange
        fileprivate let number: Int

        var isOver: Bool { exchange.callNumber != number || exchange.stage == .ended || exchange.stage == .unused }
    }

    var use: Use { Use(exchange: self, number: callNumber) }
    private var callNumber = 0

    private enum Stage { case unused, sending, headComplete, ended }
    private var stage = Stage.unused
    private var failure: UpstreamFailure?
    private var waiter: UnsafeContinuation<Void, Never>?
    private var isReceivingPaused = false
    private var isSendingPaused = false
    private var headers = CurlHeaderList()
    private var source: (any BodySource)?
    private var timeouts = UpstreamTimeouts(connect: 0, firstByte: 0, idle: 0, total: 0)
    private let silence = Deadline()
    private let total = Deadline()
    /// libcurl's words on a failure, written by it, so at one address for the handle's life.
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// How much `received` may hold before libcurl stops reading the socket; moved on by each `read`.
    private var allowance = 0
    /// Bytes of the body that have come, and of these how many the caller has been told of.
    private var arrivedBytes = 0
    private var toldBytes = 0

    /// Bytes held for a caller who does not read; beyond, libcurl stops reading the socket.
    private static let receiveLimit = 131_072

    init(_ transport: CurlTransport) {
        self.transport = transport
        guard let easy = curl_easy_init() else { preconditionFailure("libcurl has no memory for a handle") }
        self.easy = easy
        silence.whenExpired { [unowned self] in fail(silenceFailure) }
        total.whenExpired { [unowned self] in fail(UpstreamFailure(.totalTimeout, "the call took too long")) }
    }

    deinit {
        transport.loop.remove(silence)
        transport.loop.remove(total)
        curl_easy_cleanup(easy)
        errorText.deallocate()
    }

    // MARK: Starting

    func start(_ request: borrowing UpstreamRequest) {
        stage = .sending
        callNumber &+= 1
        failure = nil
        isReceivingPaused = false
        isSendingPaused = false
        head.reset()
        received.removeAll()
        allowance = Self.receiveLimit
        arrivedBytes = 0
        toldBytes = 0
        timeouts = request.timeouts
        setInvariants(certificateFile: request.origin.certificateFile)
        setTarget(request)
        if request.method == "HEAD" {
            // A body would have libcurl wait for one in the answer too; what HEAD sends means nothing (RFC 9110 9.3.2).
            ccurl_set_long(easy, CURLOPT_NOBODY, 1)
        } else {
            setBody(request.body)
        }
        ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headers.first)
        let loop = transport.loop
        loop.arm(silence, nanoseconds: timeouts.firstByte)
        loop.arm(total, nanoseconds: timeouts.total)
    }

    private func setInvariants(certificateFile: String?) {
        curl_easy_reset(easy)
        let me = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(easy, CURLOPT_PRIVATE, me)
        ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        // Else a call given up while its host is looked up would hold the loop until the resolver's thread is done.
        ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
        ccurl_set_long(easy, CURLOPT_TCP_NODELAY, 1)
        ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        ccurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        _ = "http,https".withCString { ccurl_set_pointer(easy, CURLOPT_PROTOCOLS_STR, $0) }
        ccurl_set_long(easy, CURLOPT_BUFFERSIZE, 65536)
        ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, Int(timeouts.connect / 1_000_000))
        if let file = certificateFile { _ = file.withCString { ccurl_set_pointer(easy, CURLOPT_CAINFO, $0) } }
        errorText.pointee = 0
        ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        ccurl_set_pointer(easy, CURLOPT_WRITEDATA, me)
        ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let exchange = Unmanaged<CurlExchange>.fromOpaque(context!).takeUnretainedValue()
            return exchange.take(UnsafeRawBufferPointer(start: bytes, count: size &* count))
        }
        ccurl_set_pointer(easy, CURLOPT_HEADERDATA, me)
        ccurl_set_data_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let exchange = Unmanaged<CurlExchange>.fromOpaque(context!).takeUnretainedValue()
            return exchange.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size &* count))
        }
        ccurl_set_pointer(easy, CURLOPT_READDATA, me)
        ccurl_set_data_callback(easy, CURLOPT_READFUNCTION) { bytes, size, count, context in
            let exchange = Unmanaged<CurlExchange>.fromOpaque(context!).takeUnretainedValue()
            return exchange.give(UnsafeMutableRawBufferPointer(start: bytes, count: size &* count))
        }
        let transport = Unmanaged.passUnretained(transport).toOpaque()
        ccurl_set_pointer(easy, CURLOPT_SOCKOPTDATA, transport)
        ccurl_set_open_callback(easy) { context, descriptor, _ in
            Unmanaged<CurlTransport>.fromOpaque(context!).takeUnretainedValue().opened(descriptor)
            return Int32(CURL_SOCKOPT_OK)
        }
        ccurl_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, transport)
        ccurl_set_close_callback(easy) { context, descriptor in
            Unmanaged<CurlTransport>.fromOpaque(context!).takeUnretainedValue().forget(descriptor)
            return Glibc.close(descriptor)
        }
    }

    private func setTarget(_ request: borrowing UpstreamRequest) {
        var url = ByteBuffer(capacity: 256)
        url.append(request.origin.baseURL)
        url.append(request.target.bytes)
        url.append(0 as UInt8)
        ccurl_set_pointer(easy, CURLOPT_URL, url.bytes.baseAddress)
        // The path goes out as the client spelled it, dots included.
        ccurl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
        if request.origin.isLoopback { _ = "".withCString { ccurl_set_pointer(easy, CURLOPT_PROXY, $0) } }
        _ = request.method.withCString { ccurl_set_pointer(easy, CURLOPT_CUSTOMREQUEST, $0) }

        headers = CurlHeaderList()
        headers.append(lines: request.headers.bytes)
        headers.append("Accept-Encoding: identity")
        // What libcurl would add of itself.
        headers.append("Expect:")
        if !headers.contains("accept:") { headers.append("Accept:") }
    }

    private func setBody(_ body: UpstreamBody) {
        switch body {
        case .none: break
        case .bytes(let bytes):
            ccurl_set_long(easy, CURLOPT_POST, 1)
            ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            // Not copied: the caller keeps the bytes until the exchange has ended. An empty body needs some address.
            ccurl_set_pointer(easy, CURLOPT_POSTFIELDS, bytes.baseAddress ?? UnsafeRawPointer(errorText))
            // libcurl would call a body without a content type a form.
            if !headers.contains("content-type:") { headers.append("Content-Type:") }
        case .stream(let source):
            self.source = source
            ccurl_set_long(easy, CURLOPT_UPLOAD, 1)
            ccurl_set_long(easy, CURLOPT_UPLOAD_BUFFERSIZE, 65536)
            if let length = source.announcedLength {
                ccurl_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(length))
            } else {
                headers.append("Transfer-Encoding: chunked")
            }
            source.whenMore { [unowned self] in resumeSending() }
        }
    }

    // MARK: What libcurl brings

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        var line = bytes
        while let last = line.last, last == 0x0A || last == 0x0D {
            line = UnsafeRawBufferPointer(rebasing: line.dropLast())
        }
        do throws(ProtocolError) {
            if line.isEmpty {
                // The end of an interim answer (1xx) is not the end of the head.
                if head.status >= 200 { headIsComplete() }
            } else if stage == .sending, line.starts(with: "HTTP/".utf8) {
                try head.begin(statusLine: line)
            } else if stage == .sending {
                try head.add(line: line)
            }
            // Trailers come after the head: dropped.
            return bytes.count
        } catch {
            failure = UpstreamFailure(.invalidAnswer, "the upstream's answer was refused: \(error.reason)")
            return 0
        }
    }

    private func headIsComplete() {
        guard stage == .sending else { return }
        stage = .headComplete
        transport.loop.arm(silence, nanoseconds: timeouts.idle)
        // An answer of 300 or more ends the sending, but libcurl would wait for a paused body before it ends the call.
        if isSendingPaused, head.status >= 300 { transport.loop.soon { [weak self] in self?.resumeSending() } }
        wake()
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        if received.count >= allowance {
            isReceivingPaused = true
            silence.cancel()
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        received.append(bytes)
        arrivedBytes &+= bytes.count
        transport.loop.arm(silence, nanoseconds: timeouts.idle)
        wake()
        return bytes.count
    }

    private func give(_ destination: UnsafeMutableRawBufferPointer) -> Int {
        guard let source else { return 0 }
        switch source.pull(into: destination) {
        case .bytes(let count):
            // An upload may take longer than an answer may let wait.
            transport.loop.arm(silence, nanoseconds: timeouts.firstByte)
            return count
        case .end: return 0
        case .later:
            isSendingPaused = true
            return Int(CURL_READFUNC_PAUSE)
        case .failed:
            failure = UpstreamFailure(.requestIncomplete, "the client's body broke off")
            return Int(CURL_READFUNC_ABORT)
        }
    }

    private func resumeSending() {
        guard isSendingPaused, stage != .ended else { return }
        isSendingPaused = false
        unpause()
    }

    /// Lifts what is no longer paused. libcurl may call back at once, and its calls may end.
    private func unpause() {
        var mask = Int32(CURLPAUSE_CONT)
        if isReceivingPaused { mask |= CURLPAUSE_RECV }
        if isSendingPaused { mask |= CURLPAUSE_SEND }
        curl_easy_pause(easy, mask)
        transport.collectFinished()
    }

    /// libcurl has ended the call.
    func ended(_ result: CURLcode) {
        guard stage != .ended else { return }
        // A connection that ends within the head is a whole answer to libcurl.
        if result == CURLE_OK, stage == .sending {
            failure = UpstreamFailure(.closedEarly, "the upstream closed before its answer's head was whole")
        }
        if result != CURLE_OK, failure == nil { failure = describe(result) }
        transport.detach(self)
        stop()
        wake()
    }

    private func describe(_ result: CURLcode) -> UpstreamFailure {
        let said = String(cString: errorText)
        let text = said.isEmpty ? String(cString: curl_easy_strerror(result)) : said
        let kind: UpstreamFailure.Kind =
            switch result {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolved
            case CURLE_COULDNT_CONNECT: .refused
            case CURLE_OPERATION_TIMEDOUT: .connectTimeout
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE: .tls
            case CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR: .closedEarly
            case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING: .invalidAnswer
            default: .other
            }
        return UpstreamFailure(kind, text)
    }

    // MARK: What the caller asks

    func waitForHead() async throws(UpstreamFailure) {
        while stage == .sending { await withUnsafeContinuation { waiter = $0 } }
        if let failure, stage == .ended, head.status == 0 || received.isEmpty { throw failure }
        if head.status < 200 { throw failure ?? UpstreamFailure(.closedEarly, "the upstream sent no answer") }
    }

    func read() async throws(UpstreamFailure) -> Bool {
        allowance = received.count &+ Self.receiveLimit
        if isReceivingPaused, stage != .ended {
            isReceivingPaused = false
            transport.loop.arm(silence, nanoseconds: timeouts.idle)
            unpause()
        }
        while arrivedBytes == toldBytes {
            if stage == .ended {
                if let failure { throw failure }
                return false
            }
            await withUnsafeContinuation { waiter = $0 }
        }
        toldBytes = arrivedBytes
        return true
    }

    func cancel() { fail(UpstreamFailure(.cancelled, "given up, since the client has left")) }

    private var silenceFailure: UpstreamFailure {
        if isSendingPaused { return UpstreamFailure(.requestIncomplete, "the client's body stopped coming") }
        return head.status == 0
            ? UpstreamFailure(.firstByteTimeout, "no answer began in time")
            : UpstreamFailure(.idleTimeout, "the answer stopped coming")
    }

    private func fail(_ failure: UpstreamFailure) {
        guard stage == .sending || stage == .headComplete else { return }
        self.failure = failure
        transport.detach(self)
        stop()
        wake()
    }

    func finish() {
        if stage == .unused { return }
        if stage != .ended {
            transport.detach(self)
            stop()
        }
        stage = .unused
        received.removeAll()
        transport.recycle(self)
    }

    private func stop() {
        stage = .ended
        silence.cancel()
        total.cancel()
        source?.whenMore(nil)
        source = nil
    }

    private func wake() {
        guard let waiting = waiter else { return }
        waiter = nil
        waiting.resume()
    }
}
