/// What one transform did, in bytes and in estimated hundredths of a token.
package struct Saving: Sendable, Equatable {
    package var uses = 0
    package var bytesBefore = 0
    package var bytesAfter = 0
    package var hundredthsBefore = 0
    package var hundredthsAfter = 0
    /// Results that were thrown away because their proof failed.
    package var failedProofs = 0

    package init() {}

    /// Estimated hundredths of a token saved; negative when there are more than before.
    package var hundredths: Int { hundredthsBefore &- hundredthsAfter }

    /// One use: `before` became `after`.
    mutating func note(_ before: Span<UInt8>, _ after: Span<UInt8>) {
        uses &+= 1
        bytesBefore &+= before.count
        bytesAfter &+= after.count
        hundredthsBefore &+= before.hundredths
        hundredthsAfter &+= after.hundredths
    }

    mutating func add(_ other: Saving) {
        uses &+= other.uses
        bytesBefore &+= other.bytesBefore
        bytesAfter &+= other.bytesAfter
        hundredthsBefore &+= other.hundredthsBefore
        hundredthsAfter &+= other.hundredthsAfter
        failedProofs &+= other.failedProofs
    }
}

/// The savings in one text, by transform.
package struct Savings: Sendable, Equatable {
    /// The transforms that were used or whose proof failed.
    package private(set) var entries: [Entry] = []

    package struct Entry: Sendable, Equatable {
        package let transform: Transform
        package fileprivate(set) var saving = Saving()
    }

    package init() {}

    package subscript(_ transform: Transform) -> Saving {
        get { entries.first { $0.transform == transform }?.saving ?? Saving() }
        set {
            if let index = entries.firstIndex(where: { $0.transform == transform }) {
                entries[index].saving = newValue
            } else if newValue != Saving() {
                entries.append(Entry(transform: transform, saving: newValue))
            }
        }
    }

    /// Estimated hundredths of a token saved by all transforms.
    package var hundredths: Int { entries.reduce(0) { $0 &+ $1.saving.hundredths } }
    package var failedProofs: Int { entries.reduce(0) { $0 &+ $1.saving.failedProofs } }

    mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

    /// Takes back everything but that proofs failed: what was made was not used.
    mutating func keepFailures() {
        let attempted = entries.filter { $0.saving.failedProofs > 0 }
        entries.removeAll(keepingCapacity: true)
        for entry in attempted { self[entry.transform].failedProofs = entry.saving.failedProofs }
    }

    mutating func add(_ other: Savings) {
        for entry in other.entries { self[entry.transform].add(entry.saving) }
    }
}

/// The savings in many texts, by their kind and by transform: a few small values, which a record of a call can hold.
package struct SavingsByKind: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let kind: ContentKind
        package let transform: Transform
        package fileprivate(set) var saving: Saving

        /// Estimated tokens saved, rounded.
        package var tokens: Int { (saving.hundredths &+ 50) / 100 }
    }

    /// In the order in which they first occurred.
    package private(set) var entries: [Entry] = []

    package init() {}

    /// Estimated hundredths of a token saved.
    package var hundredths: Int { entries.reduce(0) { $0 &+ $1.saving.hundredths } }
    package var failedProofs: Int { entries.reduce(0) { $0 &+ $1.saving.failedProofs } }

    /// What one transform saved in texts of every kind.
    package subscript(_ transform: Transform) -> Saving {
        var sum = Saving()
        for entry in entries where entry.transform == transform { sum.add(entry.saving) }
        return sum
    }

    package mutating func add(_ savings: Savings, in kind: ContentKind) {
        for entry in savings.entries { add(entry.saving, of: entry.transform, in: kind) }
    }

    package mutating func add(_ other: SavingsByKind) {
        for entry in other.entries { add(entry.saving, of: entry.transform, in: entry.kind) }
    }

    private mutating func add(_ saving: Saving, of transform: Transform, in kind: ContentKind) {
        if let index = entries.firstIndex(where: { $0.kind == kind && $0.transform == transform }) {
            entries[index].saving.add(saving)
        } else {
            entries.append(Entry(kind: kind, transform: transform, saving: saving))
        }
    }
}
