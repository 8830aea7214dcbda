/// What sums and reports need of one record, read without making a text of anything: names are ranges of its bytes.
///
/// One value is used for record after record, so that a scan allocates nothing in the steady state.
struct CallFacts {
    typealias Text = Range<Int>

    struct Attempt {
        /// Nil where it is the record's own.
        var provider: Text?
        var model: Text?
        var status = 0
        var error: Text?
        var milliseconds: Int64 = 0
    }

    struct Saving {
        var kind: Text?
        var transform: Text?
        var hundredths: Int64 = 0
    }

    private(set) var id = RecordID(high: 0, low: 0)
    private(set) var deal: Text?
    private(set) var cycle: Text?
    private(set) var clientKey: Text?
    private(set) var requestedModel: Text?
    private(set) var model: Text?
    private(set) var provider: Text?
    private(set) var routeReason: Text?
    private(set) var errorCode: Text?
    private(set) var compressionLevel: Text?
    private(set) var endpoint: UInt8 = 0
    /// 0 where the call has none.
    private(set) var task: UInt8 = 0
    private(set) var arm: UInt8 = 0
    private(set) var cache: LedgerEntry.CacheOutcome = .bypass
    private(set) var cacheAgeSeconds: Int64 = 0
    private(set) var usageSource: UsageSource = .unpriced
    /// 0 where the client was sent none.
    private(set) var status = 0
    private(set) var isStreamed = false
    private(set) var isFallback = false
    private(set) var isDisconnected = false
    private(set) var latency: Int64 = 0
    private(set) var firstByte: Int64?
    private(set) var upstream: Int64 = 0
    private(set) var overhead: Int64 = 0
    private(set) var requestBytes: Int64 = 0
    private(set) var responseBytes: Int64 = 0
    private(set) var usage = Usage()
    private(set) var tokensBefore: Int64 = 0
    private(set) var tokensAfter: Int64 = 0
    private(set) var cost: Int64?
    private(set) var costInput: Int64 = 0
    private(set) var costOutput: Int64 = 0
    private(set) var savedCache: Int64 = 0
    private(set) var savedCompression: Int64 = 0
    private(set) var savedRouting: Int64 = 0
    private(set) var attempts: [Attempt] = []
    private(set) var savings: [Saving] = []

    init() {}

    /// When the call came, in microseconds since 1970, as its id has it: by that it is found, filtered and summed.
    var time: Int64 { id.microseconds }

    /// Whether the call came to nothing.
    var isError: Bool { errorCode != nil || status >= 400 }

    /// Reads a record of the second version or a later one.
    mutating func read(_ record: RawSpan, id: RecordID) throws(DamagedRecord) {
        var attempts = attempts
        var savings = savings
        // Given back with its memory.
        attempts.removeAll(keepingCapacity: true)
        savings.removeAll(keepingCapacity: true)
        self = CallFacts()
        self.id = id
        var requestedIsModel = false
        var fields = try LedgerRecord.fields(record, id: id)
        while let number = try fields.next() {
            switch LedgerRecord.Field(rawValue: number) {
            case .deal: deal = try fields.range()
            case .cycle: cycle = try fields.range()
            case .clientKey: clientKey = try fields.range()
            case .endpoint: endpoint = try fields.number()
            case .task: task = try fields.number()
            case .requestedModel: requestedModel = try fields.range()
            case .requestedIsModel: requestedIsModel = try fields.number() != 0
            case .model: model = try fields.range()
            case .provider: provider = try fields.range()
            case .routeReason: routeReason = try fields.range()
            case .rollout: arm = try fields.number()
            case .streamed: isStreamed = try fields.number() != 0
            case .attempt: attempts.append(try Attempt(fields.fields()))
            case .fallback: isFallback = try fields.number() != 0
            case .cache: cache = try fields.named() ?? .bypass
            case .cacheAgeSeconds: cacheAgeSeconds = try fields.number()
            case .status: status = try fields.number()
            case .errorCode: errorCode = try fields.range()
            case .clientDisconnected: isDisconnected = try fields.number() != 0
            case .latency: latency = try fields.number()
            case .firstByte: firstByte = try fields.number()
            case .upstream: upstream = try fields.number()
            case .overhead: overhead = try fields.number()
            case .requestBytes: requestBytes = try fields.number()
            case .responseBytes: responseBytes = try fields.number()
            case .usage: usage = try Usage(fields.fields())
            case .usageSource: usageSource = try fields.named() ?? .unpriced
            case .tokensBeforeCompression: tokensBefore = try fields.number()
            case .tokensAfterCompression: tokensAfter = try fields.number()
            case .compressionLevel: compressionLevel = try fields.range()
            case .cost: cost = try fields.number()
            case .costInput: costInput = try fields.number()
            case .costOutput: costOutput = try fields.number()
            case .savedCache: savedCache = try fields.number()
            case .savedCompression: savedCompression = try fields.number()
            case .savedRouting: savedRouting = try fields.number()
            case .compressionSaving: savings.append(try Saving(fields.fields()))
            case .startedAt, .startOffset, .tag, .taskSource, .complexity, .rule, .finishReason, .priceFrom, .priceDay,
                .serviceTier, nil:
                break
            }
        }
        if requestedIsModel { requestedModel = model }
        self.attempts = attempts
        self.savings = savings
    }
}

extension CallFacts.Attempt {
    fileprivate init(_ fields: consuming FieldReader) throws(DamagedRecord) {
        self.init()
        while let number = try fields.next() {
            switch LedgerRecord.AttemptField(rawValue: number) {
            case .provider: provider = try fields.range()
            case .model: model = try fields.range()
            case .status: status = try fields.number()
            case .error: error = try fields.range()
            case .milliseconds: milliseconds = try fields.number()
            case nil: break
            }
        }
    }
}

extension CallFacts.Saving {
    fileprivate init(_ fields: consuming FieldReader) throws(DamagedRecord) {
        self.init()
        while let number = try fields.next() {
            switch LedgerRecord.SavingField(rawValue: number) {
            case .kind: kind = try fields.range()
            case .transform: transform = try fields.range()
            case .hundredths: hundredths = try fields.number()
            case nil: break
            }
        }
    }
}
