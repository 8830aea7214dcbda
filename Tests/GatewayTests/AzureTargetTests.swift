import HTTP
import Testing

@testable import Gateway

/// Where a call to Azure goes.
struct AzureTargetTests {
    private func target(
        _ path: String, prefix: String = "", deployment: String? = "gpt-4o", version: String? = "2024-10-21"
    ) -> String {
        let bytes = Array(path.utf8)
        var output = ByteBuffer()
        AzureTarget.append(
            prefix: prefix, path: bytes.span.bytes, deployment: deployment, apiVersion: version, to: &output)
        return Span<UInt8>(_bytes: output.span).text
    }

    @Test func `with a version a deployment has a URL of its own`() {
        #expect(
            target("/chat/completions")
                == "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21")
        #expect(
            target("/embeddings", deployment: "embed 3/large")
                == "/openai/deployments/embed%203%2Flarge/embeddings?api-version=2024-10-21")
        #expect(target("/models", deployment: nil) == "/openai/models?api-version=2024-10-21")
    }

    @Test func `a client's query follows, but for a version of its own`() {
        #expect(
            target("/chat/completions?a=1&api-version=2020-01-01&b=%20&&c")
                == "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21&a=1&b=%20&c")
    }

    @Test func `without a version the path is OpenAI's own`() {
        #expect(target("/chat/completions?x=1", version: nil) == "/openai/v1/chat/completions?x=1")
    }

    @Test(arguments: ["", "/openai", "/openai/v1"]) func `the base URL may name the path or not`(prefix: String) {
        #expect(target("/models", prefix: prefix, deployment: nil, version: nil) == "/openai/v1/models")
        #expect(
            target("/chat/completions", prefix: prefix)
                == "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21")
        #expect(
            target("/models", prefix: "/proxy" + prefix, deployment: nil, version: nil) == "/proxy/openai/v1/models")
    }
}
