extension LedgerEntry {
    /// What would have become of a call for which everything was decided and nothing done.
    package struct Shadow: Hashable, Sendable {
        /// Whether it would have been answered from the cache, or by another's call.
        package var cache: CacheOutcome = .bypass
        /// Who would have been asked first; `nil` where nobody would have been.
        package var model: String?
        package var provider: String?
        package var tokensBeforeCompression: Int?
        package var tokensAfterCompression: Int?
        package var savedCache: PicoDollars?
        package var savedCompression: PicoDollars?
        /// Negative where another choice would have cost more.
        package var savedRouting: PicoDollars?

        package init() {}

        /// Tokens that compression would have taken off the prompt, estimated.
        package var tokensSaved: Int { (tokensBeforeCompression ?? 0) &- (tokensAfterCompression ?? 0) }

        /// What the call would have cost less.
        package var saved: PicoDollars {
            (savedCache ?? .zero) + (savedCompression ?? .zero) + (savedRouting ?? .zero)
        }
    }
}

extension JSONText {
    package mutating func member(_ name: String, _ shadow: LedgerEntry.Shadow?) {
        self.name(name)
        guard let shadow else { return raw("null") }
        object { object in
            object.member("cache", shadow.cache.name)
            object.member("model", shadow.model)
            object.member("provider", shadow.provider)
            object.member("tokens_before_compression", shadow.tokensBeforeCompression)
            object.member("tokens_after_compression", shadow.tokensAfterCompression)
            object.member("saved_cache_usd", shadow.savedCache)
            object.member("saved_compression_usd", shadow.savedCompression)
            object.member("saved_routing_usd", shadow.savedRouting)
        }
    }
}

// MARK: - As stored

extension LedgerEntry.Shadow {
    /// The fields' numbers on disk: add, never renumber.
    private enum Field: Int {
        case cache = 1
        case model, provider, tokensBeforeCompression, tokensAfterCompression, savedCache, savedCompression
        case savedRouting
    }

    func encode(in record: inout FieldWriter) {
        record.put(Field.cache, cache.rawValue)
        record.put(Field.model, model)
        record.put(Field.provider, provider)
        record.put(Field.tokensBeforeCompression, tokensBeforeCompression)
        record.put(Field.tokensAfterCompression, tokensAfterCompression)
        record.put(Field.savedCache, savedCache?.amount)
        record.put(Field.savedCompression, savedCompression?.amount)
        record.put(Field.savedRouting, savedRouting?.amount)
    }

    init(_ fields: consuming FieldReader) throws(DamagedRecord) {
        self.init()
        while let number = try fields.next() {
            switch Field(rawValue: number) {
            case .cache: cache = try fields.named() ?? .bypass
            case .model: model = try fields.text()
            case .provider: provider = try fields.text()
            case .tokensBeforeCompression: tokensBeforeCompression = try fields.number()
            case .tokensAfterCompression: tokensAfterCompression = try fields.number()
            case .savedCache: savedCache = try fields.money()
            case .savedCompression: savedCompression = try fields.money()
            case .savedRouting: savedRouting = try fields.money()
            case nil: break
            }
        }
    }
}
