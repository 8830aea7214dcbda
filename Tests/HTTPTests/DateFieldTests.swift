import Platform
import TestSupport
import Testing

@testable import HTTP

/// The date of an answer.
@Suite struct DateFieldTests {
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
    ])
    func `a time is written as RFC 9110 5.6.7 wants it`(seconds: Int64, text: String) {
        var output = ByteBuffer(capacity: 40)
        DateField.append(seconds: seconds, to: &output)
        let written = String(decoding: output.bytes, as: UTF8.self)
        #expect(written == text)
    }

    @Test func `an answer bears the second that it was made in`() async throws {
        let server = try await TestServer()
        let client = try RawClient(port: server.port)
        var dates: [String] = []
        for step in [Duration.zero, .milliseconds(999), .milliseconds(1), .milliseconds(1500), .milliseconds(499)] {
            server.clock.advance(by: step)
            try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.receive(until: "GET / ")
            dates += answer.split(separator: "\r\n").filter { $0.hasPrefix("date: ") }.map { String($0.suffix(6)) }
        }
        #expect(dates == ["00 GMT", "00 GMT", "01 GMT", "02 GMT", "02 GMT"])
        await server.stop()
    }
}
