import Metrics

extension LedgerEntry {
    /// An entry with every field stated.
    static let full: LedgerEntry = {
        var entry = LedgerEntry(
            id: RecordID("019fe1c8-1b2a-7abc-8def-0123456789ab")!, startedAt: 1_795_511_594_000_250,
            endpoint: .chatCompletions)
        entry.deal = "acme-2026"
        entry.cycle = "q3"
        entry.tags = ["team": "m&a", "weird \"one\"": "line\nbreak \u{1} ü 🌧"]
        entry.clientKey = "backend"
        entry.task = .extraction
        entry.taskSource = .header
        entry.complexity = .medium
        entry.requestedModel = "auto/extraction"
        entry.model = "gpt-4o-mini"
        entry.provider = "openai"
        entry.routeReason = "cheapest of tier 2"
        entry.rollout = .off
        entry.rule = "canary"
        entry.streamed = true
        entry.attempts = [
            Attempt(provider: "claude", model: "claude-haiku-4-5", status: nil, error: "connect", milliseconds: 12),
            Attempt(provider: "openai", model: "gpt-4o-mini", status: 200, error: nil, milliseconds: 800),
        ]
        entry.fallback = true
        entry.cache = .stale
        entry.cacheAgeSeconds = 61
        entry.status = 200
        entry.errorCode = "upstream_timeout"
        entry.finishReason = "stop"
        entry.clientDisconnected = true
        entry.latencyMicroseconds = 812_345
        entry.firstByteMicroseconds = 300_000
        entry.upstreamMicroseconds = 812_000
        entry.overheadMicroseconds = 345
        entry.requestBytes = 4096
        entry.responseBytes = 70_000
        entry.usage = Usage(
            uncachedInput: 1000, cachedInput: 200, cacheWrite: 30, cacheWriteLong: 10, output: 50, reasoning: 20,
            audioInput: 0, audioOutput: 3)
        entry.usageSource = .partial
        entry.tokensBeforeCompression = 1500
        entry.tokensAfterCompression = 1230
        entry.compressionLevel = "safe"
        entry.cost = PicoDollars(205_000_000)
        entry.costInput = PicoDollars(175_000_000)
        entry.costOutput = PicoDollars(30_000_000)
        entry.priceFrom = "2024-10-01"
        entry.savedCache = PicoDollars(1)
        entry.savedCompression = PicoDollars(-2)
        entry.savedRouting = PicoDollars(3_000_000)
        return entry
    }()

    /// The same with what a later version than the first keeps besides.
    static let fullest: LedgerEntry = {
        var entry = full
        entry.serviceTier = "flex"
        entry.compressionSavings = [
            CompressionSaving(kind: "json", transform: "json", hundredths: 27_050),
            CompressionSaving(kind: "text", transform: "white_space", hundredths: -50),
        ]
        return entry
    }()

    /// An entry with any of the fields stated, with any values.
    static func random(using random: inout Random) -> LedgerEntry {
        func text() -> String? {
            guard !random.chance(3) else { return nil }
            return String(
                (0..<random.next(upTo: 40)).map { _ in ["a", "é", "🌧", "\"", "\n", "\0"].randomElement(using: &random)!
                }
                .joined())
        }
        func number() -> Int64? {
            random.chance(3) ? nil : Int64(truncatingIfNeeded: random.next() >> random.next(upTo: 64))
        }
        func count() -> Int? { number().map { Int($0 & .max) } }
        func pick<Named: NamedValue>() -> Named? {
            random.chance(3) ? nil : Array(Named.allCases).randomElement(using: &random)
        }
        func yes() -> Bool { random.chance(2) }

        var entry = LedgerEntry(
            id: RecordID(high: random.next(), low: random.next()), startedAt: number() ?? 0,
            endpoint: pick() ?? .models)
        entry.deal = text()
        entry.cycle = text()
        for _ in 0..<random.next(upTo: 4) { entry.tags[text() ?? ""] = text() ?? "" }
        entry.clientKey = text()
        entry.task = pick()
        entry.taskSource = pick()
        entry.complexity = pick()
        entry.requestedModel = text()
        entry.model = text()
        entry.provider = text()
        entry.routeReason = text()
        entry.rollout = pick() ?? .on
        entry.rule = text()
        entry.streamed = yes()
        entry.attempts = (0..<random.next(upTo: 4)).map { _ in
            Attempt(
                provider: text() ?? "", model: text() ?? "", status: count(), error: text(), milliseconds: count() ?? 0)
        }
        entry.fallback = yes()
        entry.cache = pick() ?? .hit
        entry.cacheAgeSeconds = count()
        entry.status = count()
        entry.errorCode = text()
        entry.finishReason = text()
        entry.clientDisconnected = yes()
        entry.latencyMicroseconds = number() ?? 0
        entry.firstByteMicroseconds = number()
        entry.upstreamMicroseconds = number()
        entry.overheadMicroseconds = number()
        entry.requestBytes = count() ?? 0
        entry.responseBytes = count() ?? 0
        if yes() {
            entry.usage = Usage(
                uncachedInput: count() ?? 0, cachedInput: count() ?? 0, cacheWrite: count() ?? 0,
                cacheWriteLong: count() ?? 0, output: count() ?? 0, reasoning: count() ?? 0, audioInput: count(),
                audioOutput: count())
        }
        entry.usageSource = pick() ?? .unpriced
        entry.tokensBeforeCompression = count()
        entry.tokensAfterCompression = count()
        entry.compressionLevel = text()
        entry.serviceTier = text()
        entry.compressionSavings = (0..<random.next(upTo: 3)).map { _ in
            CompressionSaving(kind: text() ?? "", transform: text() ?? "", hundredths: Int(number() ?? 0))
        }
        entry.cost = number().map { PicoDollars($0) }
        entry.costInput = number().map { PicoDollars($0) }
        entry.costOutput = number().map { PicoDollars($0) }
        entry.priceFrom = text()
        entry.savedCache = number().map { PicoDollars($0) }
        entry.savedCompression = number().map { PicoDollars($0) }
        entry.savedRouting = number().map { PicoDollars($0) }
        return entry
    }
}

extension LedgerTotals {
    mutating func add(_ entry: LedgerEntry) {
        calls += 1
        if entry.cost == nil { unpricedCalls += 1 }
        if let usage = entry.usage { self.usage += usage }
        cost += entry.cost ?? .zero
        savedCache += entry.savedCache ?? .zero
        savedCompression += entry.savedCompression ?? .zero
        savedRouting += entry.savedRouting ?? .zero
    }
}
