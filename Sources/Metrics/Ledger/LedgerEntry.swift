/// One client call, as it is kept: who asked, what was answered by whom, what it took and what it cost.
///
/// A field that nobody stated is `nil`, which is not zero. Times are microseconds.
package struct LedgerEntry: Hashable, Sendable {
    // Who asked, for what
    package var id: RecordID
    /// When the request's head was complete, in microseconds since 1970.
    package var startedAt: Int64
    package var deal: String?
    package var cycle: String?
    package var tags: [String: String] = [:]
    /// The client key's name, else eight hex digits of the credential's keyed digest.
    package var clientKey: String?
    package var endpoint: Endpoint
    package var task: TaskKind?
    package var taskSource: TaskSource?
    package var complexity: Complexity?

    // The way it took
    package var requestedModel: String?
    package var model: String?
    package var provider: String?
    package var routeReason: String?
    package var rollout: Arm = .on
    package var rule: String?
    package var streamed = false
    package var attempts: [Attempt] = []
    /// Whether another than the first choice answered.
    package var fallback = false
    package var cache: CacheOutcome = .bypass
    package var cacheAgeSeconds: Int?

    // What came of it
    /// The status that the client was sent; `nil` when it was sent none.
    package var status: Int?
    package var errorCode: String?
    package var finishReason: String?
    package var clientDisconnected = false
    package var latencyMicroseconds: Int64 = 0
    package var firstByteMicroseconds: Int64?
    /// Time spent waiting for upstreams; `nil` when none was asked.
    package var upstreamMicroseconds: Int64?
    package var overheadMicroseconds: Int64?
    package var requestBytes = 0
    package var responseBytes = 0

    // What it used and cost
    package var usage: Usage?
    package var usageSource: UsageSource = .unpriced
    package var tokensBeforeCompression: Int?
    package var tokensAfterCompression: Int?
    package var compressionLevel: String?
    /// What each of its transforms took off the prompt.
    package var compressionSavings: [CompressionSaving] = []
    /// What the provider says it was billed as, where it says so: `flex`, `priority`, `batch`, …
    package var serviceTier: String?
    package var cost: PicoDollars?
    package var costInput: PicoDollars?
    package var costOutput: PicoDollars?
    /// The first day of the price that was applied.
    package var priceFrom: String?
    package var savedCache: PicoDollars?
    package var savedCompression: PicoDollars?
    package var savedRouting: PicoDollars?

    /// A call of which no more is known than that it began.
    package init(id: RecordID, startedAt: Int64, endpoint: Endpoint) {
        self.id = id
        self.startedAt = startedAt
        self.endpoint = endpoint
    }

    /// Enters what the call cost; an unknown cost makes it unpriced.
    ///
    /// - Parameter source: How the usage was found.
    package mutating func charge(_ cost: Cost?, source: UsageSource) {
        self.cost = cost?.total
        costInput = cost?.input
        costOutput = cost?.output
        priceFrom = cost?.priceFrom
        usageSource = cost == nil ? .unpriced : source
    }
}

// MARK: - What the fields say

extension LedgerEntry {
    /// One call to a provider on the way to an answer.
    package struct Attempt: Hashable, Sendable {
        package var provider: String
        package var model: String
        /// The provider's status; `nil` when no head came.
        package var status: Int?
        package var error: String?
        package var milliseconds: Int

        package init(provider: String, model: String, status: Int?, error: String?, milliseconds: Int) {
            self.provider = provider
            self.model = model
            self.status = status
            self.error = error
            self.milliseconds = milliseconds
        }
    }

    /// What one way of saying the same in fewer tokens took off a prompt.
    package struct CompressionSaving: Hashable, Sendable {
        /// What it works on: `json`, `code`, …
        package var kind: String
        package var transform: String
        /// Estimated hundredths of a token; negative where it made the prompt longer.
        package var hundredths: Int

        package init(kind: String, transform: String, hundredths: Int) {
            self.kind = kind
            self.transform = transform
            self.hundredths = hundredths
        }
    }

    /// Which route was called; named by its path under `/v1/`.
    package enum Endpoint: UInt8, NamedValue {
        case chatCompletions = 1
        case responses = 2
        case completions = 3
        case embeddings = 4
        case messages = 5
        case models = 6
        /// Any other path, forwarded as it came.
        case passthrough = 7

        package var name: String { self == .chatCompletions ? "chat/completions" : String(describing: self) }
    }

    package enum TaskKind: UInt8, NamedValue {
        case extraction = 1
        case synthesis = 2
        case validation = 3
        case classification = 4
        case summarization = 5
        case reasoning = 6
        case code = 7
        case chat = 8
        case embedding = 9
    }

    /// Who said what the task is.
    package enum TaskSource: UInt8, NamedValue {
        /// The request's `x-gateway-task`.
        case header = 1
        /// The model's name, `auto/TASK`.
        case model = 2
        case rule = 3
        case classifier = 4
        /// Nobody: the endpoint's default.
        case endpoint = 5
    }

    package enum Complexity: UInt8, NamedValue {
        case low = 1
        case medium = 2
        case high = 3
    }

    /// The arm of the rollout: `off` passes bodies through untouched.
    package enum Arm: UInt8, NamedValue {
        case off = 0
        case on = 1
    }

    package enum CacheOutcome: UInt8, NamedValue {
        case hit = 1
        case miss = 2
        /// The cache was not asked.
        case bypass = 3
        /// Answered by another client's call that was in flight.
        case coalesced = 4
        /// Answered by an expired entry, since no upstream could.
        case stale = 5
    }
}
