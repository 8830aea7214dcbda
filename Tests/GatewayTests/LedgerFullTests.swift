import Foundation
import TestSupport
import Testing

@testable import Gateway

/// What clients see when the ledger has no room left.
@Suite struct LedgerFullTests {
    /// A gateway whose ledger is full, or nearly, and the last of the answers that it took to fill it.
    private func filled(_ onFull: LedgerSettings.OnFull) throws -> (gateway: GatewayHarness, last: Answer) {
        let gateway = try GatewayHarness(upstreamPort: 1) { settings in
            settings.ledger.maxBytes = 131_072
            settings.ledger.onFull = onFull
        }
        var last = try gateway.get("/v1/models")
        for _ in 0..<2000 where last.status == 200 { last = try gateway.get("/v1/models") }
        return (gateway, last)
    }

    @Test func `a gateway that may lose no record refuses calls while the ledger is full`() throws {
        let (gateway, last) = try filled(.refuse)
        #expect(last.status == 503)
        #expect(last["x-gateway-error"] == "overloaded")
        #expect(last["retry-after"] != nil)
        #expect(last.body.contains("ledger.on_full"))
        // Operators are not refused, and see it.
        let stats = try gateway.get("/api/v1/stats", port: gateway.adminPort)
        #expect(stats.body.contains(#""dropped":0"#))
        #expect(try gateway.get("/health").status == 200)
    }

    @Test func `a gateway that may lose records goes on`() throws {
        let (gateway, last) = try filled(.continue)
        #expect(last.status == 200)
        let stats = try gateway.get("/api/v1/stats", port: gateway.adminPort)
        #expect(!stats.body.contains(#""failures":0"#))
    }
}
