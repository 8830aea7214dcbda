import Gateway
import Glibc
import TestSupport
import Testing

/// Providers that are reached by a name, which another thread looks up.
@Suite struct ProviderNameTests {
    /// This machine's name, where it leads to the loopback address that the test's upstream listens on.
    static let loopbackName: String? = {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, 255) == 0 else { return nil }
        let name = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var hints = addrinfo()
        hints.ai_family = AF_INET
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &found) == 0, let first = found else { return nil }
        defer { freeaddrinfo(found) }
        let address = first.pointee.ai_addr.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee }
        return address.sin_addr.s_addr == UInt32(0x7F00_0001).bigEndian ? name : nil
    }()

    @Test(.enabled(if: loopbackName != nil, "this machine's name does not lead to 127.0.0.1"))
    func `a provider that is configured by name is heard as soon as it answers`() throws {
        let upstream = ForwardingTests.answering(Canned.json(Canned.completion))
        let name = try #require(Self.loopbackName)
        // No timer of libcurl's fires, so what its sockets say has to be heard.
        let gateway = try GatewayHarness(upstreamPort: upstream.port, time: ManualClock()) { settings in
            settings.providers["openai"]?.baseURL = BaseURL("http://\(name):\(upstream.port)/v1")!
        }
        for question in ["one", "two", "three"] {
            #expect(try gateway.chat(#"{"model":"gpt-4o-mini","q":"\#(question)"}"#).status == 200)
        }
    }
}
