import HTTP
import Testing

/// Which offers to change the protocol are taken for a wish to do so.
@Suite struct UpgradeOfferTests {
    private static func asksUpgrade(_ value: String) throws -> Bool {
        var parser = RequestParser(headLimit: 4096)
        var head = RequestHead()
        let text = "POST / HTTP/1.1\r\nHost: g\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: \(value)\r\n\r\n"
        let isComplete = try Array(text.utf8).withUnsafeBytes { try parser.parse($0, into: &head) }
        #expect(isComplete)
        return head.asksUpgrade
    }

    @Test func `an offer of HTTP/2, which Java's client sends along, is let pass; a WebSocket is asked for`() throws {
        #expect(try !Self.asksUpgrade("h2c"))
        #expect(try !Self.asksUpgrade("H2C"))
        #expect(try Self.asksUpgrade("websocket"))
        #expect(try Self.asksUpgrade("h2c, websocket"))
    }
}
