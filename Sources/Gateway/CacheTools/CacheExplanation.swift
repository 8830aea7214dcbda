import Cache
import LMDB
import Metrics

/// What the cache would do with a request, and if it holds no answer, which stored one comes nearest.
struct CacheExplanation {
    enum Result: String { case hit, miss, expired, bypass }

    let result: Result
    /// The reason, for a person.
    let reason: String
    let key: CacheKey?
    /// What is stored under the key.
    let entry: CacheEntrySummary?
    /// The entry with most in common, where none is stored under the key.
    private(set) var nearest: CacheEntrySummary?
    /// In what the key of that differs from the request's.
    private(set) var differing: [String] = []

    /// - Parameters:
    ///   - contents: Nil where there is no cache.
    ///   - now: Microseconds since 1970.
    init(_ question: CacheQuestion, in contents: CacheContents?, now: Int64) throws(StoreError) {
        key = question.key
        let stored = try question.key.map { (key) throws(StoreError) in try contents?.entry(key) } ?? nil
        entry = stored
        let age = stored.map { max(now &- $0.head.storedAt, 0) / 1_000_000 } ?? 0
        if let bypass = question.bypass {
            (result, reason) = (.bypass, bypass.rawValue)
        } else if question.use == .refresh {
            (result, reason) = (.miss, "it asks for a fresh answer (x-gateway-cache: refresh, cache-control: no-cache)")
        } else if let stored, stored.head.expiresAt <= now {
            (result, reason) = (.expired, "its answer has expired at \(Timestamp.text(stored.head.expiresAt))")
        } else if stored != nil, let greatest = question.greatestAge, age > greatest {
            (result, reason) = (.miss, "its answer is \(age) s old, and it takes none older than \(greatest) s")
        } else if stored != nil {
            (result, reason) = (.hit, "its answer was stored \(age) s ago")
        } else {
            (result, reason) = (.miss, "nothing is stored under its key")
        }
        guard stored == nil, key != nil, let neighbour = try contents?.nearest(to: question.parts) else { return }
        nearest = neighbour.entry
        differing = neighbour.differing.map { question.name($0) }.sorted()
    }

    func text(_ format: ReportTable.Format) -> String { format == .table ? lines : json }

    private var json: String {
        var text = JSONText()
        text.object { object in
            object.member("result", result.rawValue)
            object.member("reason", reason)
            object.member("key", key?.description)
            object.name("entry")
            if let entry { entry.write(to: &object) } else { object.raw("null") }
            object.name("nearest")
            guard let nearest else { return object.raw("null") }
            object.object { object in
                object.name("differs_in")
                object.array { array in for name in differing { array.string(name) } }
                object.name("entry")
                nearest.write(to: &object)
            }
        }
        return text.text + "\n"
    }

    private var lines: String {
        var lines = "\(result.rawValue): \(reason)\n"
        if let key { lines += "key: \(key)\n" }
        if let nearest {
            lines += "The nearest stored answer differs in: \(differing.joined(separator: ", "))\n"
            lines += CacheTables.list([nearest]).text(.table)
        } else if let entry {
            lines += CacheTables.list([entry]).text(.table)
        }
        return lines
    }
}
