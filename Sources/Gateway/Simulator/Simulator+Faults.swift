import HTTP

/// The faults as a client of the simulator meets them.
extension Simulator {
    /// Plays a fault that takes the place of the whole answer; false for one that spoils an answer on its way.
    func play(_ fault: SimulatedFaults.Kind, _ dialect: Dialect, _ connection: Connection) async -> Bool {
        switch fault {
        case .status(429):
            await fail(
                connection, 429, "Rate limit reached for requests.", "rate_limit_exceeded", retryAfter: 1, in: dialect)
        case .status(let status) where status >= 500:
            await fail(
                connection, status, "The server had an error while processing your request.", nil, in: dialect)
        case .status(let status):
            await fail(connection, status, "The simulated upstream refuses this.", "simulated", in: dialect)
        case .named(let name): return await play(name, dialect, connection)
        }
        return true
    }

    private func play(_ fault: SimulatedFaults.Name, _ dialect: Dialect, _ connection: Connection) async -> Bool {
        let isAnthropic = dialect == .messages
        switch fault {
        case .bare429:
            await fail(connection, 429, "Rate limit reached for requests.", "rate_limit_exceeded", in: dialect)
        case .quota:
            await fail(
                connection, isAnthropic ? 400 : 429,
                isAnthropic
                    ? "Your credit balance is too low to access the Anthropic API."
                    : "You exceeded your current quota.",
                "insufficient_quota", in: dialect)
        case .context:
            await fail(
                connection, 400,
                isAnthropic
                    ? "prompt is too long: 9 tokens > 8 maximum" : "This model's maximum context length is 8 tokens.",
                "context_length_exceeded", parameter: "messages", in: dialect)
        case .html:
            let page = "<html><body><h1>502 Bad Gateway</h1></body></html>\n"
            await write(
                "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: \(page.utf8.count)\r\n\r\n\(page)",
                connection)
        case .notJSON:
            await write(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"choices\": [oo",
                connection
            )
        case .drop: connection.socket.close()
        case .reset: connection.socket.reset()
        case .head:
            await write("HTTP/1.1 200 OK\r\ncontent-ty", connection)
            connection.socket.close()
        case .slowHead:
            await write("HTTP/1.1 200 OK\r\nx-slow: ", connection)
            while connection.socket.isOpen, !connection.socket.isPeerGone, !connection.mustClose {
                await write("x", connection)
                await pause(.milliseconds(200), unlessLeft: connection)
            }
            connection.socket.close()
        case .hang: await pause(.seconds(86400), unlessLeft: connection)
        case .huge:
            let size = 100_000_000
            await write(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(size)\r\n\r\n", connection)
            let piece = String(repeating: " ", count: 100_000)
            for _ in 0..<(size / piece.utf8.count) where !connection.mustClose { await write(piece, connection) }
        default: return false
        }
        return true
    }

    /// Ends an answer in its middle as the fault wants it; false when there is none that does.
    func breakOff(_ fault: SimulatedFaults.Kind?, _ dialect: Dialect, _ connection: Connection) async -> Bool {
        guard case .named(let name) = fault else { return false }
        switch name {
        case .cut:
            await finish(connection)
            connection.socket.close()
        case .cutReset:
            await finish(connection)
            await pause(Self.arrival, unlessLeft: connection)
            connection.socket.reset()
        case .stall:
            await finish(connection)
            await pause(.seconds(86400), unlessLeft: connection)
            connection.socket.close()
        case .badChunk:
            await finish(connection)
            await pause(Self.arrival, unlessLeft: connection)
            await write("zz\r\nno length\r\n", connection)
            connection.socket.close()
        case .lateError:
            await write(Self.chunk(Self.errorEvent(in: dialect)) + "0\r\n\r\n", connection)
        case .endless:
            while connection.socket.isOpen, !connection.socket.isPeerGone, !connection.mustClose {
                await write(Self.chunk(": on and on\n\n"), connection)
                await pause(.milliseconds(50), unlessLeft: connection)
            }
            connection.socket.close()
        default: return false
        }
        return true
    }

    /// How long what was sent may take to arrive, so that what follows comes after it and not with it.
    private static let arrival = Duration.milliseconds(50)

    /// An error as an event of a stream says it.
    static func errorEvent(in dialect: Dialect) -> String {
        let error = SimulatedError(
            status: 500, message: "The simulated upstream gives up.", code: nil, parameter: nil)
        let body = error.body(in: dialect)
        let data = "data: \(Span<UInt8>(_bytes: body.span).text)\n\n"
        return dialect.namesEvents ? "event: error\n\(data)" : data
    }

    private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    /// Sends bytes as they are.
    private func write(_ text: String, _ connection: Connection) async {
        connection.socket.outbound.append(text)
        await finish(connection)
    }
}
