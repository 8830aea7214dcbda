import TestSupport
import Testing
import Tokens

/// The texts and their estimates come from the reference that the charges were fitted with.
struct TokenEstimateTests {
    @Test(arguments: texts.map(\.name)) func `a text costs what the fitted estimator says`(name: String) throws {
        let (_, text, tokens) = try #require(Self.texts.first { $0.name == name })
        let estimated = estimate([Array(text.utf8)])
        #expect(abs(estimated - tokens) * 100 <= tokens, "\(estimated) instead of \(tokens)")
    }

    @Test func `a text costs the same however it is cut`() {
        for (name, text, _) in Self.texts {
            let bytes = Array(text.utf8)
            let whole = estimate([bytes])
            for cut in bytes.indices {
                #expect(estimate([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "\(name) cut at \(cut)")
            }
        }
    }

    @Test func `any text costs the same byte by byte`() {
        var random = SeededRandom(64)
        for _ in 0..<3000 {
            var bytes = HardTexts.random(&random)
            if random.below(4) == 0 {
                // As long as base64, between whatever comes.
                let stretch = (0..<random.below(60)).map { _ in HardTexts.base64[random.below(64)] }
                bytes.insert(contentsOf: stretch, at: random.below(bytes.count + 1))
            }
            if random.below(3) == 0, !bytes.isEmpty { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            #expect(
                hundredths(bytes.map { [$0] }) == hundredths([bytes]),
                "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }

    @Test func `an empty text costs nothing`() {
        #expect(estimate([]) == 0)
    }

    @Test func `bytes that are no text cost something and trap nowhere`() {
        #expect(estimate([Array(0...255), Array((0...255).reversed())]) > 0)
        #expect(estimate([[0xF0, 0x9F], [0x41], [0xE4, 0xB8]]) > 0)
    }

    // MARK: What the tests share

    private func estimate(_ pieces: [[UInt8]]) -> Int { (hundredths(pieces) + 50) / 100 }

    private func hundredths(_ pieces: [[UInt8]]) -> Int {
        var estimate = TokenEstimate()
        for piece in pieces { estimate.add(piece.span) }
        return estimate.hundredths
    }

    static let texts: [(name: String, text: String, tokens: Int)] = [
        (
            "English prose",
            "The committee met on Tuesday morning, and although nobody had expected an agreement, by half pa"
                + "st four the chairman was able to announce one. \"It isn't perfect,\" she said, \"but it's more "
                + "than we had yesterday.\" Reporters, who'd been waiting outside since breakfast, weren't impress"
                + "ed.\n\nUnquestionably the internationalisation of responsibilities mattered most.",
            74
        ),
        (
            "code",
            "func parse(_ bytes: Span<UInt8>) throws -> [Token] {\n    var tokens: [Token] = []\n    for i i"
                + "n 0..<bytes.count where bytes[i] != 0x0A {\n        // TODO: handleEscapes, HTTPServer2\n      "
                + "  tokens.append(Token(kind: .word, start: i, end: i &+ 1))\n    }\n    return tokens\n}\n",
            81
        ),
        (
            "JSON",
            "{\"id\":\"user_4821\",\"created_at\":1718299231,\"items\":[{\"sku\":\"AB-1002\",\"price\":19.99"
                + ",\"inStock\":true},{\"sku\":\"CD-77\",\"price\":5,\"inStock\":null}],\"note\":\"\"}",
            57
        ),
        (
            "German",
            "Über die Donaudampfschifffahrtsgesellschaft wurde schon früher ausführlich berichtet; größere Ä"
                + "nderungen müssen allerdings die zuständigen Behörden genehmigen. Selbstverständlich gehört dazu"
                + " auch die Prüfung der Straßenverhältnisse.",
            45
        ),
        (
            "Chinese",
            "人工智能正在改变我们的工作方式。许多公司已经开始使用大型语言模型来处理文档、编写代码,并回答客户的问题(2026年)。",
            41
        ),
        (
            "Japanese",
            "これはテストです。カタカナとひらがな、そして漢字が混ざっています。",
            24
        ),
        (
            "Korean",
            "안녕하세요, 오늘 회의는 오후 3시에 시작합니다. 자료를 미리 읽어 주세요.",
            24
        ),
        (
            "Russian",
            "Съешь же ещё этих мягких французских булок, да выпей чаю.",
            13
        ),
        (
            "emoji",
            "Great work 🎉🎉 see you tomorrow 👩\u{200D}👩\u{200D}👧 — bye 👋🏽!",
            27
        ),
        (
            "base64",
            "data:image/png;base64,bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB1L9RIvNEVUxTveLruM0rfj0WAK1jHDh"
                + "aXXzOI8d4VFmtvBtMkA/+SNV1tdpcY4BAEl9l2w/j4kSUt26phkV9mGCE/tCLl4r019GWp0RqhrWACeY2thHbFiEbZamq3/"
                + "KcXlLZxQjFAjRzRNjAetkcvWBor8df9ikvBioJyjgcieced7mprp4wsNvbb1EKJk753ngVAde2uSronrBZxat0PbZ1humPr"
                + "SfaC5lovAOaHvNMk5ubjlI6i++J1HhgjF7PbKNYdY9tJ+bPRScpN5d6dI/Yg5HbZ5ztp9x78fAF7oeb7q13mUz1czQewXtY"
                + "u/frNNJxHJk8HZdrEosxiNwYKa",
            260
        ),
        (
            "base64 in JSON",
            "{\"image\":\"bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB1L9RIvNEVUxTveLruM0rfj0WAK1jHDhaXXzOI8d4"
                + "VFmtvBtMkA/+SNV1tdpcY4BAEl9l2w/j4kSUt26phkV9mGCE/tCLl4r019GWp0RqhrWACeY2thHbFiEbZamq3/KcXlLZxQj"
                + "FAjRzRNjAetkcvWBor8df9ikvBioJyjgcieced7mprp4wsNvbb1EKJk753ngVAde2uSronrBZxat0PbZ1humPrSfaC5lovA"
                + "OaHvNMk5ubjlI6i++J1HhgjF7PbKNYdY9tJ+bPRScpN5d6dI/Yg5HbZ5ztp9x78fAF7oeb7q13mUz1czQewXtYu/frNNJxH"
                + "Jk8HZdrEosxiNwYKa\",\"n\":1}\n",
            262
        ),
        (
            "a path that only looks like base64",
            "open /usr/local/share/documentation/internationalisation/readme or AAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                + "AAAAAAAAAAAA",
            33
        ),
        (
            "a log",
            "2026-11-24T09:55:55.123Z  ERROR [worker-7] GET /v1/chat/completions 502 (upstream_unavailable) "
                + "1043ms\n\tat 10.0.0.17:8443\r\n===========================\n",
            61
        ),
    ]
}
