/// How values are spread, in buckets that grow with the value, so that any percentile is known to within 1.6 %.
///
/// After DDSketch (Masson, Rim, Lee: DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees,
/// PVLDB 12, 2019), with HdrHistogram's way to find a bucket: every power of two is divided into 32 of equal width, which
/// takes a count of leading zeros where the paper's logarithm takes floating point. Two sketches added are the sketch of
/// all their values, in whatever order.
struct Sketch: Hashable, Sendable {
    /// Buckets that a power of two is divided into, as a power of two itself.
    private static let fineness = 5
    private static let perOctave = 1 << fineness

    /// The bucket of the first count.
    private var first = 0
    /// Values by bucket, from the first to the last that has any.
    private var counts: [UInt64] = []

    init() {}

    var isEmpty: Bool { counts.isEmpty }
    var count: UInt64 { counts.reduce(0, &+) }

    mutating func removeAll() {
        first = 0
        counts.removeAll(keepingCapacity: true)
    }

    /// Adds a value; one below 0 counts as 0.
    mutating func add(_ value: Int64) { add(1, toBucket: Self.bucket(of: value)) }

    mutating func add(_ other: Sketch) {
        guard let last = other.counts.indices.last else { return }
        makeRoom(other.first)
        makeRoom(other.first + last)
        let offset = other.first - first
        for index in other.counts.indices { counts[index + offset] &+= other.counts[index] }
    }

    /// The value below which a share of all values lies; nil where there is none.
    func quantile(_ share: Double) -> Int64? {
        let count = count
        guard count > 0 else { return nil }
        // The nearest rank: of twenty values, the nineteenth is the 95th percentile.
        var rank = UInt64(max((share * Double(count)).rounded(.up), 1))
        for (index, number) in counts.enumerated() {
            if number >= rank { return Self.middle(of: first + index) }
            rank -= number
        }
        return Self.middle(of: first + counts.count - 1)
    }

    private mutating func add(_ number: UInt64, toBucket bucket: Int) {
        makeRoom(bucket)
        counts[bucket - first] &+= number
    }

    private mutating func makeRoom(_ bucket: Int) {
        if counts.isEmpty {
            first = bucket
            counts.append(0)
        } else if bucket < first {
            counts.insert(contentsOf: repeatElement(0, count: first - bucket), at: 0)
            first = bucket
        } else if bucket - first >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: bucket - first - counts.count + 1))
        }
    }

    // MARK: Buckets

    private static func bucket(of value: Int64) -> Int {
        let value = max(value, 0)
        guard value >= perOctave else { return Int(value) }
        let octave = 63 - value.leadingZeroBitCount - fineness
        return (octave + 1) << fineness + Int(value >> octave) & (perOctave - 1)
    }

    private static func middle(of bucket: Int) -> Int64 {
        guard bucket >= perOctave * 2 else { return Int64(bucket) }
        let octave = bucket >> fineness - 1
        let low = Int64(perOctave + bucket & (perOctave - 1)) << octave
        return low + 1 << (octave - 1)
    }

    /// The last bucket, of the greatest value.
    private static let lastBucket = bucket(of: .max)
}

// MARK: - As stored

extension Sketch {
    /// For each bucket with values: how far it lies behind the one before, and how many.
    func write(to fields: inout FieldWriter) {
        var before = 0
        for (index, number) in counts.enumerated() where number > 0 {
            fields.putVarint(UInt64(first + index - before))
            fields.putVarint(number)
            before = first + index
        }
    }

    /// Adds what was stored; damaged where it is none of ours.
    mutating func add(stored: RawSpan) throws(DamagedRecord) {
        var position = 0
        var bucket = 0
        while position < stored.byteCount {
            let step = try stored.takeVarint(at: &position)
            guard step <= UInt64(Self.lastBucket - bucket) else { throw DamagedRecord() }
            bucket += Int(step)
            add(try stored.takeVarint(at: &position), toBucket: bucket)
        }
    }
}
