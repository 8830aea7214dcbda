import Platform

/// What a replay needs to know of a stored answer beside its bytes.
package struct CacheEntryHead: Sendable, Equatable {
    /// The form in which the answer came.
    package enum Kind: UInt8, Sendable {
        /// One JSON body.
        case json = 0
        /// The events of a stream, as they came.
        case events = 1
    }

    /// Tokens of the call that was paid for, in disjoint buckets; reasoning is part of the output.
    package struct Counts: Sendable, Equatable {
        package var uncachedInput: Int
        package var cachedInput: Int
        package var cacheWrite: Int
        package var output: Int
        package var reasoning: Int

        package init(uncachedInput: Int, cachedInput: Int, cacheWrite: Int, output: Int, reasoning: Int) {
            self.uncachedInput = uncachedInput
            self.cachedInput = cachedInput
            self.cacheWrite = cacheWrite
            self.output = output
            self.reasoning = reasoning
        }
    }

    package var kind: Kind
    /// Microseconds since 1970, both.
    package var storedAt: Int64
    package var expiresAt: Int64
    /// Nil when the answer stated none.
    package var counts: Counts?
    /// What the call cost in pico-dollars; nil when its price is not known.
    package var cost: Int64?
    package var model: String
    package var provider: String

    package init(
        kind: Kind, storedAt: Int64, expiresAt: Int64, counts: Counts?, cost: Int64?, model: String, provider: String
    ) {
        self.kind = kind
        self.storedAt = storedAt
        self.expiresAt = expiresAt
        self.counts = counts
        self.cost = cost
        self.model = model
        self.provider = provider
    }
}

/// Whose call a stored answer was made for, and what its key was made of: what operators list, purge and explain by.
/// A replay does not read it.
package struct CacheEntryOrigin: Sendable, Equatable {
    /// The path below `/v1`.
    package var endpoint: String
    package var task: String?
    /// The deal that paid for it.
    package var deal: String?
    /// The caller's free labels, by name.
    package var tags: [String: String]
    /// The tenant's label; nil where the cache is shared by all.
    package var tenant: String?
    package var parts: CacheKeyParts

    package init(
        endpoint: String = "", task: String? = nil, deal: String? = nil, tags: [String: String] = [:],
        tenant: String? = nil, parts: CacheKeyParts = CacheKeyParts()
    ) {
        self.endpoint = endpoint
        self.task = task
        self.deal = deal
        self.tags = tags
        self.tenant = tenant
        self.parts = parts
    }
}

/// What a key was made of, part by part, in 8 bytes each: enough to tell which part of two requests differs, and
/// nothing of what it says.
package struct CacheKeyParts: Sendable, Equatable {
    /// Parts kept of one key; those beyond count together as one.
    package static let limit = 40

    /// Sorted; the upper half of a word is a digest of the part's name, the lower one of what it says.
    package private(set) var words: [UInt64] = []

    package init() {}

    init(words: [UInt64]) { self.words = words }

    /// Adds a part; its name must not have been added before.
    package mutating func add(_ name: RawSpan, _ content: RawSpan) {
        let digest = Checksum.of(content, seed: 0) & 0xFFFF_FFFF
        if words.count < Self.limit {
            let word = Self.nameWord(name) | digest
            // Few of them, and mostly in order of nothing: by insertion.
            var place = words.count
            words.append(word)
            while place > 0, words[place &- 1] > word {
                words[place] = words[place &- 1]
                place &-= 1
            }
            words[place] = word
        } else {
            words[words.count &- 1] = words[words.count &- 1] &* 31 &+ digest
        }
    }

    /// The digest of a part's name, in the upper half.
    package static func nameWord(_ name: RawSpan) -> UInt64 { Checksum.of(name, seed: 1) << 32 }

    /// The name words of the parts that differ, or that one of the two has alone.
    package func differences(from other: CacheKeyParts) -> [UInt64] {
        var differing: [UInt64] = []
        var mine = words[...]
        var theirs = other.words[...]
        while let left = mine.first ?? theirs.first {
            let right = theirs.first ?? left
            let name = mine.isEmpty ? right >> 32 : theirs.isEmpty ? left >> 32 : min(left >> 32, right >> 32)
            let isMine = mine.first.map { $0 >> 32 == name } ?? false
            let isTheirs = theirs.first.map { $0 >> 32 == name } ?? false
            if isMine != isTheirs || left != right { differing.append(name << 32) }
            if isMine { mine.removeFirst() }
            if isTheirs { theirs.removeFirst() }
        }
        return differing
    }
}

/// A stored answer as operators see it.
package struct CacheEntrySummary: Sendable, Equatable {
    package let key: CacheKey
    package let head: CacheEntryHead
    package let origin: CacheEntryOrigin
    /// Of the answer alone.
    package let bodyBytes: Int
    /// When it was used last, or stored; microseconds since 1970.
    package let usedAt: Int64
}
