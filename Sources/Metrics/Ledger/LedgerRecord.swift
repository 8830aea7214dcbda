/// How a `LedgerEntry` is stored: under its id, as tagged fields (see `FieldWriter`) with a checksum at their end, which
/// depends on the id too. Version 1 had no checksum.
package enum LedgerRecord {
    /// The version that is written; this and all before it are read.
    package static let version: UInt8 = 2

    /// The entry's bytes, without its id, which is their key.
    package static func encode(_ entry: LedgerEntry) -> [UInt8] {
        var record = FieldWriter(version: version)
        encode(entry, in: &record)
        return record.bytes
    }

    /// What the checksum of the record with this id depends on besides its bytes.
    package static func seed(_ id: RecordID) -> UInt64 { id.high ^ id.low }

    /// Writes the entry over what `record` holds.
    static func encode(_ entry: LedgerEntry, in record: inout FieldWriter) {
        record.restart(version: version)
        record.putNonzero(Field.startOffset, entry.startedAt &- entry.id.microseconds)
        record.put(Field.deal, entry.deal)
        record.put(Field.cycle, entry.cycle)
        for (name, value) in entry.tags {
            record.put(Field.tag) { tag in
                tag.put(TagField.name, name)
                tag.put(TagField.value, value)
            }
        }
        record.put(Field.clientKey, entry.clientKey)
        record.put(Field.endpoint, entry.endpoint.rawValue)
        record.put(Field.task, entry.task?.rawValue)
        record.put(Field.taskSource, entry.taskSource?.rawValue)
        record.put(Field.complexity, entry.complexity?.rawValue)
        if let requested = entry.requestedModel, requested == entry.model {
            record.put(Field.requestedIsModel, 1)
        } else {
            record.put(Field.requestedModel, entry.requestedModel)
        }
        record.put(Field.model, entry.model)
        record.put(Field.provider, entry.provider)
        record.put(Field.routeReason, entry.routeReason)
        record.put(Field.rollout, entry.rollout.rawValue)
        record.put(Field.rule, entry.rule)
        record.putNonzero(Field.streamed, entry.streamed ? 1 : 0)
        for attempt in entry.attempts {
            record.put(Field.attempt) { encode(attempt, of: entry, in: &$0) }
        }
        record.putNonzero(Field.fallback, entry.fallback ? 1 : 0)
        record.put(Field.cache, entry.cache.rawValue)
        record.put(Field.cacheAgeSeconds, entry.cacheAgeSeconds)
        record.put(Field.status, entry.status)
        record.put(Field.errorCode, entry.errorCode)
        record.put(Field.finishReason, entry.finishReason)
        record.putNonzero(Field.clientDisconnected, entry.clientDisconnected ? 1 : 0)
        record.putNonzero(Field.latency, entry.latencyMicroseconds)
        record.put(Field.firstByte, entry.firstByteMicroseconds)
        record.put(Field.upstream, entry.upstreamMicroseconds)
        record.put(Field.overhead, entry.overheadMicroseconds)
        record.putNonzero(Field.requestBytes, entry.requestBytes)
        record.putNonzero(Field.responseBytes, entry.responseBytes)
        if let usage = entry.usage { record.put(Field.usage) { usage.encode(in: &$0) } }
        record.put(Field.usageSource, entry.usageSource.rawValue)
        record.put(Field.tokensBeforeCompression, entry.tokensBeforeCompression)
        record.put(Field.tokensAfterCompression, entry.tokensAfterCompression)
        record.put(Field.compressionLevel, entry.compressionLevel)
        record.put(Field.cost, entry.cost?.amount)
        record.put(Field.costInput, entry.costInput?.amount)
        record.put(Field.costOutput, entry.costOutput?.amount)
        if let day = entry.priceFrom.flatMap({ Timestamp.dayNumber($0) }) {
            record.put(Field.priceDay, day)
        } else {
            record.put(Field.priceFrom, entry.priceFrom)
        }
        record.put(Field.savedCache, entry.savedCache?.amount)
        record.put(Field.savedCompression, entry.savedCompression?.amount)
        record.put(Field.savedRouting, entry.savedRouting?.amount)
        record.put(Field.serviceTier, entry.serviceTier)
        for saving in entry.compressionSavings {
            record.put(Field.compressionSaving) { fields in
                fields.put(SavingField.kind, saving.kind)
                fields.put(SavingField.transform, saving.transform)
                fields.put(SavingField.hundredths, saving.hundredths)
            }
        }
        record.seal(seed: seed(entry.id))
    }

    /// The fields of a record; `DamagedRecord` where its checksum says that they are not what was written.
    @_lifetime(copy bytes)
    static func fields(_ bytes: RawSpan, id: RecordID) throws(DamagedRecord) -> FieldReader {
        guard bytes.byteCount > 0, bytes.byte(at: 0) > 1 else { return try FieldReader(bytes, versions: 1...1) }
        guard FieldWriter.isSealed(bytes, seed: seed(id)) else { throw DamagedRecord() }
        return try FieldReader(bytes.extracting(droppingLast: FieldWriter.checksumBytes), versions: 2...version)
    }

    /// Reads an entry.
    ///
    /// - Returns: `nil` when the bytes are damaged or of a version that this program does not know.
    package static func decode(_ bytes: RawSpan, id: RecordID) -> LedgerEntry? {
        try? read(bytes, id: id)
    }

    private static func read(_ bytes: RawSpan, id: RecordID) throws(DamagedRecord) -> LedgerEntry {
        var entry = LedgerEntry(id: id, startedAt: id.microseconds, endpoint: .passthrough)
        var fields = try fields(bytes, id: id)
        var requestedIsModel = false
        var attempts: [StoredAttempt] = []
        while let number = try fields.next() {
            switch Field(rawValue: number) {
            case .startedAt: entry.startedAt = try fields.number()
            case .startOffset: entry.startedAt = id.microseconds &+ (try fields.number() as Int64)
            case .deal: entry.deal = try fields.text()
            case .cycle: entry.cycle = try fields.text()
            case .tag: try decodeTag(fields.fields(), into: &entry.tags)
            case .clientKey: entry.clientKey = try fields.text()
            case .endpoint: entry.endpoint = try fields.named() ?? .passthrough
            case .task: entry.task = try fields.named()
            case .taskSource: entry.taskSource = try fields.named()
            case .complexity: entry.complexity = try fields.named()
            case .requestedModel: entry.requestedModel = try fields.text()
            case .requestedIsModel: requestedIsModel = try fields.number() != 0
            case .model: entry.model = try fields.text()
            case .provider: entry.provider = try fields.text()
            case .routeReason: entry.routeReason = try fields.text()
            case .rollout: entry.rollout = try fields.named() ?? .on
            case .rule: entry.rule = try fields.text()
            case .streamed: entry.streamed = try fields.number() != 0
            case .attempt: attempts.append(try decodeAttempt(fields.fields()))
            case .fallback: entry.fallback = try fields.number() != 0
            case .cache: entry.cache = try fields.named() ?? .bypass
            case .cacheAgeSeconds: entry.cacheAgeSeconds = try fields.number()
            case .status: entry.status = try fields.number()
            case .errorCode: entry.errorCode = try fields.text()
            case .finishReason: entry.finishReason = try fields.text()
            case .clientDisconnected: entry.clientDisconnected = try fields.number() != 0
            case .latency: entry.latencyMicroseconds = try fields.number()
            case .firstByte: entry.firstByteMicroseconds = try fields.number()
            case .upstream: entry.upstreamMicroseconds = try fields.number()
            case .overhead: entry.overheadMicroseconds = try fields.number()
            case .requestBytes: entry.requestBytes = try fields.number()
            case .responseBytes: entry.responseBytes = try fields.number()
            case .usage: entry.usage = try Usage(fields.fields())
            case .usageSource: entry.usageSource = try fields.named() ?? .unpriced
            case .tokensBeforeCompression: entry.tokensBeforeCompression = try fields.number()
            case .tokensAfterCompression: entry.tokensAfterCompression = try fields.number()
            case .compressionLevel: entry.compressionLevel = try fields.text()
            case .cost: entry.cost = try fields.money()
            case .costInput: entry.costInput = try fields.money()
            case .costOutput: entry.costOutput = try fields.money()
            case .priceFrom: entry.priceFrom = try fields.text()
            case .priceDay: entry.priceFrom = Timestamp.day(number: try fields.number())
            case .savedCache: entry.savedCache = try fields.money()
            case .savedCompression: entry.savedCompression = try fields.money()
            case .savedRouting: entry.savedRouting = try fields.money()
            case .serviceTier: entry.serviceTier = try fields.text()
            case .compressionSaving: entry.compressionSavings.append(try decodeSaving(fields.fields()))
            case nil: break
            }
        }
        if requestedIsModel { entry.requestedModel = entry.model }
        for attempt in attempts {
            entry.attempts.append(
                LedgerEntry.Attempt(
                    provider: attempt.provider ?? entry.provider ?? "", model: attempt.model ?? entry.model ?? "",
                    status: attempt.status, error: attempt.error, milliseconds: attempt.milliseconds))
        }
        return entry
    }
}

// MARK: - Records within the record

extension LedgerRecord {
    private static func decodeTag(
        _ fields: consuming FieldReader, into tags: inout [String: String]
    ) throws(DamagedRecord) {
        var name = ""
        var value = ""
        while let number = try fields.next() {
            switch TagField(rawValue: number) {
            case .name: name = try fields.text()
            case .value: value = try fields.text()
            case nil: break
            }
        }
        tags[name] = value
    }

    /// An attempt whose provider or model may be the record's own.
    private struct StoredAttempt {
        var provider: String?
        var model: String?
        var status: Int?
        var error: String?
        var milliseconds = 0
    }

    private static func encode(
        _ attempt: LedgerEntry.Attempt, of entry: LedgerEntry, in record: inout FieldWriter
    ) {
        if attempt.provider != entry.provider { record.put(AttemptField.provider, attempt.provider) }
        if attempt.model != entry.model { record.put(AttemptField.model, attempt.model) }
        record.put(AttemptField.status, attempt.status)
        record.put(AttemptField.error, attempt.error)
        record.put(AttemptField.milliseconds, attempt.milliseconds)
    }

    private static func decodeAttempt(_ fields: consuming FieldReader) throws(DamagedRecord) -> StoredAttempt {
        var attempt = StoredAttempt()
        while let number = try fields.next() {
            switch AttemptField(rawValue: number) {
            case .provider: attempt.provider = try fields.text()
            case .model: attempt.model = try fields.text()
            case .status: attempt.status = try fields.number()
            case .error: attempt.error = try fields.text()
            case .milliseconds: attempt.milliseconds = try fields.number()
            case nil: break
            }
        }
        return attempt
    }

    private static func decodeSaving(
        _ fields: consuming FieldReader
    ) throws(DamagedRecord) -> LedgerEntry.CompressionSaving {
        var saving = LedgerEntry.CompressionSaving(kind: "", transform: "", hundredths: 0)
        while let number = try fields.next() {
            switch SavingField(rawValue: number) {
            case .kind: saving.kind = try fields.text()
            case .transform: saving.transform = try fields.text()
            case .hundredths: saving.hundredths = try fields.number()
            case nil: break
            }
        }
        return saving
    }
}

extension Usage {
    private enum Field: Int {
        case uncachedInput = 1
        case cachedInput, cacheWrite, cacheWriteLong, output, reasoning, audioInput, audioOutput
    }

    func encode(in record: inout FieldWriter) {
        record.putNonzero(Field.uncachedInput, uncachedInput)
        record.putNonzero(Field.cachedInput, cachedInput)
        record.putNonzero(Field.cacheWrite, cacheWrite)
        record.putNonzero(Field.cacheWriteLong, cacheWriteLong)
        record.putNonzero(Field.output, output)
        record.putNonzero(Field.reasoning, reasoning)
        record.put(Field.audioInput, audioInput)
        record.put(Field.audioOutput, audioOutput)
    }

    init(_ fields: consuming FieldReader) throws(DamagedRecord) {
        self.init()
        while let number = try fields.next() {
            switch Field(rawValue: number) {
            case .uncachedInput: uncachedInput = try fields.number()
            case .cachedInput: cachedInput = try fields.number()
            case .cacheWrite: cacheWrite = try fields.number()
            case .cacheWriteLong: cacheWriteLong = try fields.number()
            case .output: output = try fields.number()
            case .reasoning: reasoning = try fields.number()
            case .audioInput: audioInput = try fields.number()
            case .audioOutput: audioOutput = try fields.number()
            case nil: break
            }
        }
    }
}
