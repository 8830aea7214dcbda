import HTTP
import TestSupport

@testable import Gateway

extension FuzzTarget {
    /// The header lines of a call, which ask things of the gateway.
    static let callHeaders = FuzzTarget(
        name: "call-headers",
        seeds: [
            "x-gateway-deal: acme-17\r\nx-gateway-cycle: 2\r\nX-Gateway-Tag-Team: red\r\n",
            "x-gateway-cache: ttl=60\r\nCache-Control: max-age=30, no-cache\r\n",
            "x-gateway-cache: only\r\ncache-control: no-store\r\n", "cache-control: only-if-cached, max-age=\"0\"\r\n",
            "x-gateway-rollout: off\r\nx-gateway-task: Code\r\nx-gateway-provider: openai\r\n",
            "x-gateway-timeout-ms: 1000\r\nx-gateway-timeout-ms: 9999999999\r\nx-gateway-unknown: 1\r\n",
            "authorization: Bearer k\r\nx-api-key: k\r\napi-key: k\r\nx-request-id: 1\r\naccept-encoding: gzip\r\n",
            "content-encoding: gzip\r\nconnection: x, y\r\nconnection: close\r\n",
        ],
        words: [
            "x-gateway-", "x-gateway-deal: ", "x-gateway-cycle: ", "x-gateway-tag-", "x-gateway-cache: ", "off", "only",
            "refresh",
            "ttl=", "x-gateway-rollout: ", "on", "x-gateway-timeout-ms: ", "cache-control: ", "no-store", "no-cache",
            "max-age=",
            "only-if-cached", "0", "999999999", "4294967295", "-1", "+1", "=", ",", "\"", "\r\n", ":", " ",
            "content-encoding: ",
            "identity", "\u{E9}", "\u{F1}\u{301}",
        ],
        check: { (bytes) throws(Violation) in
            guard let call = try asked(bytes) else { return false }
            try require(try asked(shouting(bytes)) == call, "the names' case makes a difference")
            return call.error == nil
        })
}

/// What header lines ask for, or the error that refuses them.
private struct Asked: Equatable {
    var error: GatewayError?
    var deal: String?
    var cycle: String?
    var tags: [String: String] = [:]
    var task: String?
    var cacheUse: CallHeaders.CacheUse?
    var cacheSeconds: Int?
    var rollout: Bool?
    var provider: String?
    var timeoutMilliseconds: Int?
    var credentials = 0
    var isEncoded = false
}

/// Reads header lines; nil when they are not the lines of a head.
private func asked(_ lines: [UInt8]) throws(FuzzTarget.Violation) -> Asked? {
    var parser = RequestParser(headLimit: 65536)
    var head = RequestHead()
    let bytes = Array("GET / HTTP/1.0\r\n".utf8) + lines + Array("\r\n".utf8)
    var isWhole = false
    do throws(ProtocolError) {
        isWhole = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(ProtocolError) -> Bool in
            try parser.parse(bytes, into: &head)
        }
    } catch { return nil }
    guard isWhole else { return nil }
    var asked = Asked()
    let read: CallHeaders
    do throws(GatewayError) {
        read = try bytes.span.bytes.withUnsafeBytes { (bytes) throws(GatewayError) -> CallHeaders in
            try CallHeaders(head, bytes)
        }
    } catch {
        asked.error = error
        try require(error.status == 400, "what a client asked for is answered with \(error.status)")
        return asked
    }
    asked.deal = read.deal
    asked.cycle = read.cycle
    asked.tags = read.tags
    asked.task = read.task
    asked.cacheUse = read.cacheUse
    asked.cacheSeconds = read.cacheSeconds
    asked.rollout = read.rollout
    asked.provider = read.provider
    asked.timeoutMilliseconds = read.timeoutMilliseconds
    asked.credentials = read.credentials.count
    asked.isEncoded = read.hasContentEncoding
    let attributions = [read.deal ?? "", read.cycle ?? ""] + read.tags.keys + read.tags.values
    for text in attributions {
        try require(text.utf8.count <= CallHeaders.attributionLimit, "an attribution is longer than the limit")
    }
    try require(read.tags.count <= CallHeaders.tagLimit, "there are more tags than the limit")
    try require((0...4_294_967_295).contains(read.cacheSeconds ?? 0), "it may be \(read.cacheSeconds ?? 0) s old")
    return asked
}

/// The lines with their names in capitals.
private func shouting(_ lines: [UInt8]) -> [UInt8] {
    var isName = true
    return lines.map { byte in
        if byte == 0x0A { isName = true }
        if byte == 0x3A { isName = false }
        return isName && byte >= 0x61 && byte <= 0x7A ? byte & 0xDF : byte
    }
}
