import Foundation
import Glibc

/// Asks a running gateway's admin plane, and waits for its answer: for commands, not for a loop.
struct AdminClient {
    private let address: SocketName
    private let token: Secret?

    /// Seconds that the gateway may be silent.
    private static let patience = 120
    /// Bytes of an answer.
    private static let answerLimit = 256 << 20

    init(_ settings: AdminSettings) {
        address = settings.address
        token = settings.token
    }

    /// - Returns: The body of the answer.
    /// - Throws: What went wrong, or what the gateway answered where that is an error.
    func send(
        _ method: String, _ path: String, _ query: [(String, String)] = [], body: Data = Data()
    ) throws(CommandError) -> Data {
        let pairs = query.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        var head = "\(method) \(path)\(pairs.isEmpty ? "" : "?\(pairs)") HTTP/1.1\r\nhost: \(address)\r\n"
        head += "connection: close\r\ncontent-length: \(body.count)\r\n"
        if let token { head += "authorization: Bearer \(token.value)\r\n" }
        let answer = try exchange(Data((head + "\r\n").utf8) + body)
        guard let end = answer.range(of: Data("\r\n\r\n".utf8)),
            let status = String(decoding: answer[..<end.lowerBound], as: UTF8.self).split(separator: " ")
                .dropFirst().first.flatMap({ Int($0) })
        else { throw CommandError("what answers at \(address) is no gateway") }
        let content = Data(answer[end.upperBound...])
        guard status == 200 else { throw CommandError(Self.message(content) ?? "the gateway answered \(status)") }
        return content
    }

    private static func encoded(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
    }

    /// What an error answer says.
    private static func message(_ body: Data) -> String? {
        let json = try? JSONSerialization.jsonObject(with: body) as? [String: Any]
        return (json?["error"] as? [String: Any])?["message"] as? String
    }

    // MARK: The socket

    private func exchange(_ request: Data) throws(CommandError) -> Data {
        let descriptor = try connect()
        defer { close(descriptor) }
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failure("send to") }
            sent += count
        }
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw failure("read from") }
            if count == 0 { return answer }
            answer.append(contentsOf: buffer[..<count])
            guard answer.count <= Self.answerLimit else {
                throw CommandError("the answer is longer than \(Self.answerLimit) bytes")
            }
        }
    }

    private func connect() throws(CommandError) -> Int32 {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, String(address.port), &hints, &found) == 0, let found else {
            throw CommandError("\(address) is no address")
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, found.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("open a socket to") }
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard Glibc.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
            let error = failure("reach")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func failure(_ attempt: String) -> CommandError {
        CommandError("could not \(attempt) the gateway at \(address): \(String(cString: strerror(errno)))")
    }
}
