import Platform

/// One loop's part of the metrics: the loop adds to it, a scrape reads it.
///
/// A lock of its own, which nobody else wants but a scrape now and then, costs less than a set of atomics. In
/// the steady state nothing is allocated: a label set costs its place once.
package final class MetricsShard: Sendable {
    /// Label sets beyond this are counted under the model `other`. Clients choose tasks and cache headers, so the
    /// product of all labels is larger than what a scrape should carry.
    static let labelSetLimit = 10_000

    private let counts = Lock(Counts())

    package init() {}

    /// Adds one finished client call.
    package func record(_ sample: RequestSample) { counts.withLock { $0.add(sample) } }

    /// Adds one finished call to a provider.
    package func record(_ outcome: AttemptOutcome, provider: Label) {
        counts.withLock { $0.add(outcome, provider) }
    }

    var snapshot: Counts { counts.withLock { $0 } }
}

extension MetricsShard {
    /// Everything that is counted by call, of one loop or of all.
    struct Counts {
        var requests: [RequestLabels: RequestTotals] = [:]
        var duration = Histogram(Histogram.Bound.requests)
        var firstByte = Histogram(Histogram.Bound.requests)
        var overhead = Histogram(Histogram.Bound.overhead)
        /// By provider's index, then by outcome.
        var attempts: [[UInt64]] = []
        var retries: UInt64 = 0
        var fallbacks: UInt64 = 0
        var savedCache = PicoDollars.zero
        var savedCompression = PicoDollars.zero
        var savedRouting = PicoDollars.zero
        var tokensBeforeCompression: UInt64 = 0
        var tokensAfterCompression: UInt64 = 0
        var shadowCalls: UInt64 = 0
        var shadowSaved = ShadowSavings()

        mutating func add(_ sample: RequestSample) {
            var labels = RequestLabels(sample)
            if requests.count >= MetricsShard.labelSetLimit, requests[labels] == nil { labels = labels.anyModel }
            requests[labels, default: RequestTotals()].add(sample)
            duration.observe(nanoseconds: sample.durationNanoseconds, call: sample.id)
            if let time = sample.firstByteNanoseconds { firstByte.observe(nanoseconds: time, call: sample.id) }
            if let time = sample.overheadNanoseconds { overhead.observe(nanoseconds: time) }
            retries &+= UInt64(clamping: sample.retries)
            if sample.fallback { fallbacks &+= 1 }
            // A counter never goes down, so a choice that cost more than it saved counts as nothing here.
            savedCache += max(sample.savedCache ?? .zero, .zero)
            savedCompression += max(sample.savedCompression ?? .zero, .zero)
            savedRouting += max(sample.savedRouting ?? .zero, .zero)
            tokensBeforeCompression &+= UInt64(clamping: sample.tokensBeforeCompression)
            tokensAfterCompression &+= UInt64(clamping: sample.tokensAfterCompression)
            if let shadow = sample.shadow {
                shadowCalls &+= 1
                shadowSaved.add(shadow)
            }
        }

        mutating func add(_ outcome: AttemptOutcome, _ provider: Label) {
            let index = Int(provider.index)
            while attempts.count <= index {
                attempts.append(Array(repeating: 0, count: AttemptOutcome.allCases.count))
            }
            attempts[index][Int(outcome.rawValue)] &+= 1
        }

        mutating func add(_ other: Counts) {
            requests.merge(other.requests) { mine, theirs in
                var sum = mine
                sum += theirs
                return sum
            }
            duration.add(other.duration)
            firstByte.add(other.firstByte)
            overhead.add(other.overhead)
            for (provider, outcomes) in other.attempts.enumerated() {
                if provider == attempts.count { attempts.append(Array(repeating: 0, count: outcomes.count)) }
                for outcome in outcomes.indices { attempts[provider][outcome] &+= outcomes[outcome] }
            }
            retries &+= other.retries
            fallbacks &+= other.fallbacks
            savedCache += other.savedCache
            savedCompression += other.savedCompression
            savedRouting += other.savedRouting
            tokensBeforeCompression &+= other.tokensBeforeCompression
            tokensAfterCompression &+= other.tokensAfterCompression
            shadowCalls &+= other.shadowCalls
            shadowSaved.add(other.shadowSaved)
        }
    }
}
