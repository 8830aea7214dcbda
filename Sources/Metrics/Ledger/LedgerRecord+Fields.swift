extension LedgerRecord {
    /// The fields' numbers on disk: add, never renumber. 60 is kept for what a shadow run would have done.
    enum Field: Int {
        /// Only in version 1; later ones have `startOffset`.
        case startedAt = 1
        case deal, cycle, tag, clientKey, endpoint, task, taskSource, complexity
        case requestedModel = 10
        case model, provider, routeReason, rollout, rule, streamed, attempt, fallback, cache, cacheAgeSeconds
        case status = 21
        case errorCode, finishReason, clientDisconnected
        case latency = 25
        case firstByte, upstream, overhead, requestBytes, responseBytes
        case usage = 31
        case usageSource, tokensBeforeCompression, tokensAfterCompression, compressionLevel
        case cost = 36
        case costInput, costOutput
        /// A day as text: of version 1, and of a day that is none.
        case priceFrom
        case savedCache, savedCompression, savedRouting
        /// Microseconds from the time in the record's id to its start, where they differ.
        case startOffset = 43
        /// Days since 1970-01-01.
        case priceDay
        /// Stated where the model asked for is the one that answered, in place of its name.
        case requestedIsModel
        case serviceTier, compressionSaving
    }

    enum TagField: Int { case name = 1, value }

    /// From version 2 on, provider and model are left out where they are the record's own.
    enum AttemptField: Int { case provider = 1, model, status, error, milliseconds }

    enum SavingField: Int { case kind = 1, transform, hundredths }
}
