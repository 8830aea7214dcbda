import Foundation
import Gateway
import TestSupport
import Testing

/// The annotated example is the manual: it must say what the program does.
struct ExampleConfigurationTests {
    private let directory = TemporaryDirectory()

    private func load(_ text: String) throws -> LoadedSettings {
        let path = directory.path + "/gateway.json5"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try SettingsSource(file: path).load()
    }

    /// The keys asked for by a configuration that sets every object which is null or empty by default.
    private func everyPattern() throws -> Set<String> {
        let loaded = try load(
            """
            {
              listen: { tls: { certificate: "/dev/null", private_key: "/dev/null" } },
              auth: { keys: [{ name: "a", key: "k" }] },
              models: { m: { prices: [{ from: "2026-01-01", input: 1, output: 2,
                long_context: { above_input_tokens: 1, input: 1, output: 2 } }] } },
              tasks: { code: {} }, routing: { hedge: {} },
              compression: { tasks: { code: {} } }, cache: { tasks: { code: {} } },
              rollout: { guard: {} }, rules: [{ name: "r", match: { headers: { h: "v" } } }],
            }
            """)
        return loaded.patterns
    }

    @Test func `the example changes nothing, since its values are the defaults`() throws {
        let example = try load(Assets.exampleConfiguration)
        #expect(example.settings == (try SettingsSource().load().settings))
    }

    @Test func `every key that the program knows is in the example`() throws {
        let words = Set(
            Assets.exampleConfiguration.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        for pattern in try everyPattern() {
            let key = pattern.split(separator: ".").last.map { String($0).replacing("[]", with: "") } ?? ""
            #expect(key == "*" || words.contains(key), "\(pattern) is not in conf/gateway.json5")
        }
    }

    @Test func `the schema has exactly the keys that the program knows`() throws {
        let outcome = JSON5Parser.parse(Assets.configurationSchema)
        #expect(outcome.problems.isEmpty)
        let root = try #require(outcome.root)
        var found: Set<String> = []
        collect(root, at: "", in: root, into: &found)
        let known = try everyPattern()
        #expect(found.subtracting(known).sorted() == [])
        #expect(known.subtracting(found).sorted() == [])
    }

    /// Gathers the keys that a schema allows, in the form of `LoadedSettings.patterns`.
    private func collect(_ node: JSON5Node, at path: String, in root: JSON5Node, into found: inout Set<String>) {
        if case .string(let reference)? = node["$ref"]?.value, let name = reference.split(separator: "/").last,
            let target = root["$defs"]?[String(name)]
        {
            collect(target, at: path, in: root, into: &found)
        }
        if case .object(let members)? = node["properties"]?.value {
            for member in members {
                let key = path.isEmpty ? member.name : "\(path).\(member.name)"
                found.insert(key)
                collect(member.node, at: key, in: root, into: &found)
            }
        }
        if let items = node["items"] { collect(items, at: path + "[]", in: root, into: &found) }
        if let others = node["additionalProperties"], case .object = others.value {
            found.insert("\(path).*")
            collect(others, at: "\(path).*", in: root, into: &found)
        }
    }

    @Test func `every default in the schema is the program's`() throws {
        let root = try #require(JSON5Parser.parse(Assets.configurationSchema).root)
        let values = try SettingsSource().load().values
        var compared = 0
        for value in values where !value.path.contains("\"") {
            let keys = value.path.replacing("providers.openai", with: "providers.*").split(separator: ".")
            guard let stated = schema(root, at: keys.map(String.init), in: root)?["default"] else { continue }
            compared += 1
            switch stated.value {
            case .string(let text): #expect(value.text == "\"\(text)\"", "\(value.path)")
            case .number(let text): #expect(value.text == text, "\(value.path)")
            case .bool(let flag): #expect(value.text == "\(flag)", "\(value.path)")
            case .null: #expect(value.text == "null", "\(value.path)")
            case .array(let elements):
                let texts = elements.map { if case .string(let text) = $0.value { "\"\(text)\"" } else { "?" } }
                #expect(value.text == "[\(texts.joined(separator: ", "))]", "\(value.path)")
            case .object: Issue.record("\(value.path) has an object as its default")
            }
        }
        #expect(compared > 50)
    }

    private func schema(_ node: JSON5Node, at path: [String], in root: JSON5Node) -> JSON5Node? {
        var node = node
        if let place = node["properties"] == nil ? node["$ref"] : nil, case .string(let reference) = place.value,
            !path.isEmpty, let name = reference.split(separator: "/").last,
            let target = root["$defs"]?[String(name)]
        {
            node = target
        }
        guard let key = path.first else { return node }
        let next = key == "*" ? node["additionalProperties"] : node["properties"]?[key]
        return next.flatMap { schema($0, at: Array(path.dropFirst()), in: root) }
    }

    @Test func `the example of environment variables lists every one that is read`() throws {
        let path = #filePath.replacing("Tests/GatewayTests/ExampleConfigurationTests.swift", with: ".env.example")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for (name, _) in SettingsSource.variables { #expect(text.contains("\n#\(name)="), "\(name)") }
        let catalogue = Assets.modelCatalogue
        for match in catalogue.matches(of: /"env:([A-Z_]+)"/) { #expect(text.contains("\(match.1)="), "\(match.1)") }
    }
}
