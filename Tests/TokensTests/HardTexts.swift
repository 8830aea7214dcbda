import TestSupport

/// Texts that a tokenizer may well get wrong.
enum HardTexts {
    static let all = words + whiteSpace + numbersAndMarks + scripts + long

    private static let words = [
        "", "a", "don't DON'T Don'T we'll WE'LL they'Ve I'D I'm 're 'RE 'S x's's 'sx ''s 'tis o'clock rock'n'roll",
        "x'\u{17F} \u{17F} don\u{2019}t 'l 'v 'r 'll' 'LlL 'vE'Re",
        "camelCase HTTPServer iPhone aB Ab AB aBc ABc XMLHttpRequest2",
        "ABC\u{301}DEF \u{301}ABC \u{301}abc !\u{301}x !\u{301} \u{301}\u{302} a\u{301}'s \u{301}'s",
        "\u{1C5}a \u{1C5}\u{1C5} \u{AA}\u{BA} \u{2B0}A \u{5D0}AB AB\u{5D0} A\u{5D0}b \u{5D0}\u{5D1}cd AB\u{5D0}CD",
        "<|endoftext|><|im_start|>system<|im_sep|> <|fim_prefix|> <|endofprompt|>",
        "_snake_case __init__ $var @name #tag",
        "\u{FB01}ne \u{130}stanbul \u{DF} STRASSE \u{1E9E}", "e\u{301}\u{327} Z\u{351}\u{36B}\u{343}a\u{36A}l\u{334}go",
    ]

    private static let whiteSpace = [
        " ", "  ", "\n", "\r\n", "\t", "a ", "a  ", " a", "  a", "\n\n a", "a\n \n  b", "a \n", "a  \n  ", " \r\n\t x",
        "\r\r\n\r",
        "a\u{85}b\u{85}\u{85} c", "\u{A0}a\u{A0}\u{A0}b \u{A0} c", "\u{2028}a\u{2029}\n\u{2028}",
        "\u{3000}\u{65E5}\u{3000}",
        "\u{200B}a\u{200B} \u{FEFF}b", "\u{B}\u{C}\u{1C}\u{1D}\u{1E}\u{1F}x", "  1", "\t(", " \t(", "  (a)  [b]", "\n/",
        "/\n/\n//", "a/\n\n/b",
        "x.\n\n  y", "x.\r\n/\r\ny", " /path/ /", "if (a) {\n\t\treturn b;\n\t}\n\n\n", "    deep\n        deeper\n",
        "\u{1680}\u{2000}\u{205F}\u{202F}",
    ]

    private static let numbersAndMarks = [
        "1 12 123 1234 12345 123456789", "3.14159 -2.5e+10 0x1F 1,000,000 1st 2nd",
        "\u{660}\u{661}\u{662}\u{663} \u{2167}\u{2168} \u{BD}\u{BC}\u{B2}\u{B3}\u{B9}0",
        "!!! ??? ...... ----- ===== ##### ***** _____ ~~~", "a!b?c.d,e;f:g", "(){}[]<>|\\^`\"'", "&&=||=>>>= !== ===",
        "\u{0}\u{1}\u{7F}\u{80}",
        "\u{20AC}5 \u{A3}10 50% 20\u{B0}C \u{2192}\u{21D2} \u{2026}\u{2014}\u{2013} \u{AB}x\u{BB}",
        "{\"a\":[1,2.50,true,null],\"b\":\"\\u00e9\\n\"}",
    ]

    private static let scripts = [
        "\u{4EBA}\u{5DE5}\u{667A}\u{80FD}\u{6B63}\u{5728}\u{6539}\u{53D8}\u{6211}\u{4EEC}\u{7684}\u{5DE5}\u{4F5C}\u{65B9}\u{5F0F}\u{3002}",
        "これはテストです。カタカナとひらがな、そして漢字。", "안녕하세요, 오늘 회의는 오후 3시에 시작합니다.", "Съешь же ещё этих мягких французских булок",
        "สวัสดีครับ ภาษาไทย", "नमस्ते दुनिया", "مرحبا بالعالم", "שלום עולם", "Ελληνικά ΚΕΦΑΛΑΙΑ", "தமிழ் മലയാളം ಕನ್ನಡ",
        "ქართული ᏣᎳᎩ ꮳꮃꭹ",
        "😀😃 👩\u{200D}👩\u{200D}👧 👋🏽 🇩🇪🇫🇷 ❤\u{FE0F} #\u{FE0F}\u{20E3} 🏴\u{E0067}\u{E0062}\u{E007F}",
        "𝒜𝓑𝔠 𝟏𝟐𝟑𝟒 \u{10FFFF} \u{F8FF} \u{FFFD}\u{FFFE}",
        // Assigned after Unicode 16, which the reference tokenizers know.
        "\u{16EA0}\u{16EBB} \u{1ACF}\u{11DE0}", "\u{295}A \u{295}a",
    ]

    /// One piece, longer than a window.
    private static let long =
        [
            "a", "A", " ", "\n", "\r\n", " \t", " \n", "-", "=", ".", "\u{4E00}", "\u{301}", "😀", "ab", "abc", "Ab",
            "é", "1", "!?", "/\n", "ß\u{301}",
        ]
        .flatMap { unit in [31, 127, 128, 129, 1000, 10_000].map { String(repeating: unit, count: $0) } }

    /// A text out of a few of the alphabets that the encodings tell apart.
    static func random(_ random: inout SeededRandom) -> [UInt8] {
        let kinds = (0...random.below(3)).map { _ in random.below(alphabets.count + 1) }
        var text = String.UnicodeScalarView()
        // Long ones now and then, since letters without blanks make one piece.
        for _ in 0..<random.below(random.below(20) == 0 ? 900 : 60) {
            let kind = kinds[random.below(kinds.count)]
            if kind < alphabets.count {
                text.append(alphabets[kind][random.below(alphabets[kind].count)])
            } else if let any = Unicode.Scalar(UInt32(random.below(random.below(2) == 0 ? 0x3000 : 0x110000))) {
                text.append(any)
            }
        }
        return Array(String(text).utf8)
    }

    static let base64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let alphabets: [[Unicode.Scalar]] = [
        "abcdefghijklmnopqrstuvwxyz", "etaoinshr ", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "aAbB\u{301}\u{5D0}\u{1C5}\u{2B0} '!",
        "0123456789",
        "0\u{660}\u{BD}a ", " \t\n\r\u{85}\u{A0}\u{2028}\u{3000}", " \n/.", "'sStTrReEvVmMlLdD\u{17F}x ",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "{}[]\":,0 \n",
        "人工智能正在改变我们的工作方式", "あいうえおカキクケコ漢字。", "안녕하세요오늘", "абвгдежзАБВ ", "äöüßÄé\u{300} ", "😀👩\u{200D}👧🏽\u{FE0F}",
        "नमस्ते\u{94D}\u{93E} ",
        String(decoding: base64, as: UTF8.self), "-=_*#~ ",
    ].map { Array($0.unicodeScalars) }
}
