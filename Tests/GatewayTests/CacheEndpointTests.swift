import Foundation
import Gateway
import TestSupport
import Testing

/// `/api/v1/cache` of the admin plane.
@Suite struct CacheEndpointTests {
    private let upstream: RawServer
    private let gateway: GatewayHarness

    init() throws {
        upstream = CachingTests.counting()
        gateway = try GatewayHarness(upstreamPort: upstream.port)
    }

    private func ask(
        _ method: String, _ path: String, _ body: String = "", headers: [String] = []
    ) throws -> (status: Int, json: [String: Any]) {
        let client = try RawClient(port: gateway.adminPort)
        let lines = ["Host: gateway", "Connection: close", "Content-Length: \(body.utf8.count)"] + headers
        try client.send("\(method) \(path) HTTP/1.1\r\n\(lines.joined(separator: "\r\n"))\r\n\r\n\(body)")
        let answer = Answer(try client.receiveAll())
        let json = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        return (answer.status, json ?? [:])
    }

    private func body(_ question: String, model: String = "gpt-4o-mini", _ more: String = "") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(question)"}]\#(more)}"#
    }

    private func explain(_ body: String, headers: [String] = ["Authorization: Bearer a"]) throws -> [String: Any] {
        let (status, json) = try ask("POST", "/api/v1/cache/explain", body, headers: headers)
        #expect(status == 200, "\(json)")
        return json
    }

    private func store(_ question: String, deal: String, _ more: [String] = []) throws {
        let answer = try gateway.chat(
            body(question), headers: ["Authorization: Bearer a", "x-gateway-deal: \(deal)"] + more)
        #expect(answer["x-gateway-cache"] == "MISS")
    }

    @Test func `what is stored is counted, listed and purged by deal, tag, key and whole`() throws {
        try store("one", deal: "acme", ["x-gateway-tag-team: red"])
        try store("two", deal: "acme")
        try store("three", deal: "zenith & co")
        try store("four", deal: "last")
        // What is on its way is explained, and so waited for.
        #expect(try explain(body("one"))["result"] as? String == "hit")
        let statistics = try ask("GET", "/api/v1/cache").json
        #expect(statistics["entries"] as? Int == 4 && statistics["purged"] as? Int == 0)
        #expect((statistics["data_dir"] as? String)?.hasSuffix(gateway.directory.path) == true)
        let rows = try #require(try ask("GET", "/api/v1/cache/entries?deal=acme").json["rows"] as? [[String: Any]])
        #expect(rows.map { $0["tags"] as? String } == [nil, "team=red"])
        #expect(
            rows.allSatisfy {
                $0["model"] as? String == "gpt-4o-mini" && $0["endpoint"] as? String == "chat/completions"
            })
        let key = try #require(rows.first?["key"] as? String)
        #expect(try ask("GET", "/api/v1/cache/\(key)").json["deal"] as? String == "acme")

        #expect(try ask("DELETE", "/api/v1/cache?deal=zenith%20%26%20co").json["removed"] as? Int == 1)
        #expect(try ask("DELETE", "/api/v1/cache?tag=team%3Dred").json["removed"] as? Int == 1)
        #expect(try ask("DELETE", "/api/v1/cache/\(key)").json["removed"] as? Int == 1)
        #expect(try ask("DELETE", "/api/v1/cache/\(key)").json["removed"] as? Int == 0)
        #expect(try ask("GET", "/api/v1/cache/\(key)").status == 404)
        #expect(try gateway.chat(body("two"), headers: ["Authorization: Bearer a"])["x-gateway-cache"] == "MISS")
        #expect(try ask("DELETE", "/api/v1/cache").json["removed"] as? Int == 2)
        #expect(try gateway.chat(body("four"), headers: ["Authorization: Bearer a"])["x-gateway-cache"] == "MISS")
        #expect(try ask("POST", "/api/v1/cache/verify").json["sound"] as? Bool == true)
        let metrics = try gateway.get("/metrics", port: gateway.adminPort).body
        #expect(metrics.contains(#"gateway_cache_evictions_total{reason="purged"} 5"#))
    }

    @Test func `an explanation names what differs from the nearest stored answer`() throws {
        try store("one", deal: "acme")
        let cases: [(String, [String], [String])] = [
            (body("one", model: "gpt-4o"), ["Authorization: Bearer a"], ["model"]),
            (body("two"), ["Authorization: Bearer a"], ["messages"]),
            (body("one"), ["Authorization: Bearer b"], ["tenant"]),
            (body("one"), ["Authorization: Bearer a", "x-gateway-provider: openai"], ["provider asked for"]),
            (
                body("one", model: "gpt-4o-mini", #","temperature":0.5,"tools":[]"#), ["Authorization: Bearer a"],
                ["temperature", "tools"]
            ),
            (body("one"), ["Authorization: Bearer a", "openai-project: p"], ["header openai-project"]),
        ]
        for (body, headers, differing) in cases {
            let json = try explain(body, headers: headers)
            #expect(json["result"] as? String == "miss", "\(differing)")
            let nearest = try #require(json["nearest"] as? [String: Any])
            #expect(nearest["differs_in"] as? [String] == differing)
            #expect((nearest["entry"] as? [String: Any])?["deal"] as? String == "acme")
        }
        let spelled = #"{"messages": [{"content":"\u006fne","role":"user"}], "user":"x", "model":"gpt-4o-mini"}"#
        let hit = try explain(spelled)
        #expect(hit["result"] as? String == "hit" && hit["nearest"] is NSNull)
        let wrapped = #"{"request":\#(spelled),"headers":{"authorization":"Bearer a"},"path":"/v1/chat/completions"}"#
        #expect(
            try explain(wrapped, headers: ["Authorization: Bearer other"])["key"] as? String == hit["key"] as? String)
    }

    @Test func `a task that is said is part of what is explained`() throws {
        let answer = try gateway.chat(body("one", model: "auto"), headers: ["x-gateway-task: code"])
        #expect(answer.status == 200)
        #expect(try explain(body("one", model: "auto/code"), headers: [])["result"] as? String == "hit")
        let other = try explain(body("one", model: "auto"), headers: ["x-gateway-task: reasoning"])
        #expect((other["nearest"] as? [String: Any])?["differs_in"] as? [String] == ["model"])
    }

    @Test func `what is missing under a field that the request lacks is named too`() throws {
        let answer = try gateway.chat(
            body("one", model: "gpt-4o-mini", #","seed":7"#), headers: ["Authorization: Bearer a"])
        #expect(answer.status == 200)
        let nearest = try explain(body("one"))["nearest"] as? [String: Any]
        #expect(nearest?["differs_in"] as? [String] == ["seed"])
    }

    @Test func `a bypass and a fresh answer are explained by what asks for them`() throws {
        let refused = try explain(body("one"), headers: ["x-gateway-cache: off"])
        #expect(refused["result"] as? String == "bypass" && (refused["reason"] as? String)?.contains("off") == true)
        let twice = try explain(#"{"model":"m","messages":[],"n":1,"n":2}"#)
        #expect(twice["result"] as? String == "bypass" && twice["key"] is NSNull)
        try store("one", deal: "acme")
        #expect(
            try explain(body("one"), headers: ["Authorization: Bearer a", "x-gateway-cache: refresh"])["result"]
                as? String == "miss")
    }

    @Test func `a query that could mean something else is refused, and removes nothing`() throws {
        try store("one", deal: "acme")
        for path in ["?deal=", "?deals=acme", "?deal=a&deal=b", "/abc", "?tag=%3Dx", "?format=csv"] {
            let status = try ask("DELETE", "/api/v1/cache\(path)").status
            #expect(status == 400 || status == 404, "\(path)")
        }
        #expect(try ask("POST", "/api/v1/cache").status == 404)
        #expect(try ask("POST", "/api/v1/cache/explain", "{").status == 400)
        #expect(try explain(body("one"))["result"] as? String == "hit")
    }
}
