import Cache
import HTTP
import TestSupport
import Testing

@testable import Gateway

/// Two requests have one key exactly when the rule says that they are the same.
struct CacheKeyTests {
    @Test func `no other spelling of a request changes its key`() throws {
        for seed in 0..<2000 as Range<UInt64> {
            var random = SeededRandom(seed)
            let request = RandomJSON.request(&random)
            let key = try #require(try Self.key(of: request.spelled()))
            for _ in 0..<3 {
                let spelling = request.spelled { random.below(4) == 0 ? random.below(1 << 30) : 0 }
                #expect(try Self.key(of: spelling) == key, "seed \(seed): \(spelling)")
            }
        }
    }

    @Test func `any change of any field changes the key`() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededRandom(seed)
            let request = RandomJSON.request(&random)
            let key = try #require(try Self.key(of: request.spelled()))
            for changed in request.changes {
                #expect(try Self.key(of: changed.spelled()) != key, "seed \(seed): \(changed.spelled())")
            }
        }
    }

    @Test(arguments: [
        "stream", "stream_options", "user", "metadata", "safety_identifier", "prompt_cache_key", "service_tier",
    ])
    func `what does not change the answer does not change the key`(field: String) throws {
        let body = #"{"model":"m","messages":[]}"#
        #expect(try Self.key(of: body) == Self.key(of: #"{"\#(field)":{"x":1},"model":"m","messages":[]}"#))
        // Only at the top: further in it is somebody else's field.
        let inside = body.replacing("[]", with: #"[{"\#(field)":{"x":1}}]"#)
        #expect(try Self.key(of: inside) != Self.key(of: body.replacing("[]", with: "[{}]")))
    }

    @Test func `path, provider, header fields and whose call it is change the key`() throws {
        let body = #"{"model":"m","messages":[]}"#
        let directory = TemporaryDirectory()
        let tenants = try TenantDigester(directory: directory.path)
        let digest = Digest()
        let keys = [
            try Self.key(of: body), try Self.key(of: body, path: "/chat/completions?api-version=1"),
            try Self.key(of: body, provider: "openai"), try Self.key(of: body, field: ("openai-beta", "x")),
            try Self.key(of: body, field: ("openai-project", "x")), try Self.key(of: body, field: ("openai-beta", "y")),
            try Self.key(of: body, tenant: tenants.tenant(using: digest) { $0.updateLengthPrefixed("a") }),
            try Self.key(of: body, tenant: tenants.tenant(using: digest) { $0.updateLengthPrefixed("b") }),
            try Self.key(of: body, tenant: tenants.tenant(using: digest) { _ in }),
        ]
        #expect(keys.allSatisfy { $0 != nil })
        #expect(Set(keys.compactMap { $0 }).count == keys.count)
    }

    @Test func `a request that names a field twice has no key, wherever it does`() throws {
        #expect(try Self.key(of: #"{"model":"m","messages":[],"model":"m"}"#) == nil)
        #expect(try Self.key(of: #"{"model":"m","messages":[{"a":{"x":1,"\u0078":1}}]}"#) == nil)
        #expect(try Self.key(of: #"{"model":"m","messages":[],"user":1,"user":2}"#) == nil)
    }

    private static func key(
        of body: String, path: String = "/chat/completions", provider: String? = nil,
        field: (StaticString, String)? = nil, tenant: Tenant? = nil
    ) throws -> CacheKey? {
        var tape = JSONScanner()
        let bytes = Array(body.utf8)
        try tape.scan(bytes.span)
        var canonical = CanonicalJSON()
        let head = Array((field?.1 ?? "").utf8)
        let fields = field.map { [CallHeaders.AnswerField(name: $0.0, value: 0..<head.count)] } ?? []
        return Array(path.utf8).withUnsafeBytes { path in
            head.withUnsafeBytes { head in
                CacheKey(
                    tape, of: bytes.span, form: "", path: RawSpan(_unsafeBytes: path), fields: fields, in: head,
                    provider: provider, tenant: tenant, using: &canonical, Digest())
            }
        }
    }
}

/// A JSON value to spell and to change.
private indirect enum RandomJSON {
    /// Spelled as it is: a number, a truth value, null.
    case word(String)
    case text([Unicode.Scalar])
    case list([RandomJSON])
    case object([(name: [Unicode.Scalar], value: RandomJSON)])

    /// A chat request with fields known and unknown.
    static func request(_ random: inout SeededRandom) -> RandomJSON {
        var members = (0..<2 + random.below(5)).map { (Array("field\($0)\\\"é".unicodeScalars), value(&random, 3)) }
        members.append((Array("model".unicodeScalars), .text(Array("gpt-4o".unicodeScalars))))
        members.append((Array("messages".unicodeScalars), .list((0..<2).map { _ in value(&random, 3) })))
        return .object(members)
    }

    private static func value(_ random: inout SeededRandom, _ depth: Int) -> RandomJSON {
        switch random.below(depth == 0 ? 2 : 4) {
        case 0: return .word(["0", "1", "-1", "1.0", "1e5", "1E5", "true", "false", "null"][random.below(9)])
        case 1: return .text(text(&random))
        case 2: return .list((0..<random.below(4)).map { _ in value(&random, depth - 1) })
        default:
            return .object((0..<random.below(4)).map { (Array("\($0)k".unicodeScalars), value(&random, depth - 1)) })
        }
    }

    private static func text(_ random: inout SeededRandom) -> [Unicode.Scalar] {
        let scalars = Array("aZ0 \"\\/\n\u{1}\u{7F}é\u{301}中😀".unicodeScalars)
        return (0..<random.below(6)).map { _ in scalars[random.below(scalars.count)] }
    }

    /// Every value that differs from this one in one place.
    var changes: [RandomJSON] {
        var changes: [RandomJSON] = []
        switch self {
        case .word(let word): changes.append(.word(word == "2" ? "3" : "2"))
        case .text(let text): changes.append(.text(text + ["!"]))
        case .list(var items):
            changes.append(.list(items + [.word("null")]))
            for (index, item) in items.enumerated() {
                for change in item.changes {
                    items[index] = change
                    changes.append(.list(items))
                }
                items[index] = item
            }
        case .object(var members):
            changes.append(.object(members + [(Array("new".unicodeScalars), .word("null"))]))
            for (index, member) in members.enumerated() {
                for change in member.value.changes {
                    members[index].value = change
                    changes.append(.object(members))
                }
                members[index] = (member.name + ["!"], member.value)
                changes.append(.object(members))
                members[index] = member
            }
        }
        return changes
    }

    /// The value as text.
    ///
    /// - Parameter choice: Which of several spellings to take, each time; 0 is the plain one.
    func spelled(_ choice: () -> Int = { 0 }) -> String {
        func blank() -> String { ["", " ", "\n", "\t", "\r\n  "][choice() % 5] }
        func string(_ text: [Unicode.Scalar]) -> String {
            "\"" + text.map { Self.spelled($0, choice()) }.joined() + "\""
        }
        switch self {
        case .word(let word): return word
        case .text(let text): return string(text)
        case .list(let items):
            return "[" + blank() + items.map { $0.spelled(choice) + blank() }.joined(separator: "," + blank()) + "]"
        case .object(let members):
            // Any order of them means the same.
            let turn = members.isEmpty ? 0 : choice() % members.count
            let turned = members[turn...] + members[..<turn]
            let texts = turned.map { string($0.name) + blank() + ":" + blank() + $0.value.spelled(choice) + blank() }
            return "{" + blank() + texts.joined(separator: "," + blank()) + "}"
        }
    }

    private static func spelled(_ scalar: Unicode.Scalar, _ choice: Int) -> String {
        if choice % 3 == 1 {
            return Character(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16, uppercase: choice % 2 == 0)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case "/": return choice % 3 == 2 ? "\\/" : "/"
        case "\n": return "\\n"
        case "\u{1}": return "\\u0001"
        default: return String(scalar)
        }
    }
}
