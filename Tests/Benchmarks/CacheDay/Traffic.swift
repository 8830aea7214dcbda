import Cache
import TestSupport

/// Eight days of requests as several teams of a company make them, the same in every run.
///
/// What matters to a cache is which requests are the same and how far apart they are; so a request is a key, a time, the
/// size of its answer and what it costs. Answers are there at once: what a single flight would join counts as a hit.
struct Traffic {
    enum Kind: String, CaseIterable {
        case question = "questions of people"
        case oneOff = "questions never asked again"
        case retry = "retries"
        case agent = "steps of agents"
        case deal = "deals, run again each cycle"
    }

    struct Request {
        /// Seconds since the first midnight.
        let time: Double
        let name: UInt64
        let kind: Kind
        let answerBytes: Int
        /// Pico-dollars.
        let cost: Int64

        var key: CacheKey {
            var random = SeededRandom(name)
            let words = (0..<4).map { _ in random.next() }
            return words.span.withUnsafeBytes { CacheKey(bytes: RawSpan(_unsafeBytes: $0))! }
        }
    }

    static let dayCount = 8
    static let day = 86_400.0

    private(set) var requests: [Request] = []
    private var random = SeededRandom(4)
    private var unnamed: UInt64 = 1 << 40

    init() {
        for day in 0..<Self.dayCount {
            addQuestions(on: day)
            addAgents(on: day)
            addDeals(on: day)
        }
        addRetries()
        requests.sort { $0.time < $1.time }
    }

    // MARK: What is asked

    /// Twelve thousand a working day, of eight tenants. Three in ten are never asked again; the others are taken by Zipf's
    /// law from four thousand a tenant, a tenth of which is another question the next day.
    private mutating func addQuestions(on day: Int) {
        for _ in 0..<Int(12_000 * Self.activity(on: day)) {
            let time = timeOfWork(on: day)
            let tenant = Self.tenants.draw(&random)
            if random.chance(0.3) {
                add(.oneOff, at: time, newName(), inputTokens: 1200)
            } else {
                let rank = Self.questions.draw(&random)
                let edition = (day + rank % 10) / 10
                add(.question, at: time, Self.name(1, tenant, rank, edition), inputTokens: 1200)
            }
        }
    }

    /// Seven hundred runs a working day, of 5 to 25 steps some seconds apart; each step sends the whole conversation, which
    /// grows. Four in ten runs repeat one of the last day: the same steps up to where something that the agent reads has
    /// changed, if anything has.
    private mutating func addAgents(on day: Int) {
        for _ in 0..<Int(700 * Self.activity(on: day)) {
            var time = timeOfWork(on: day)
            var run = AgentRun(steps: (0..<5 + random.below(21)).map { _ in newName() }, begins: time)
            let recent = runs.suffix(700).filter { $0.begins < time && $0.begins > time - Self.day }
            if random.chance(0.4), !recent.isEmpty {
                let earlier = recent[random.below(recent.count)].steps
                let same = random.chance(0.5) ? earlier.count : random.below(earlier.count)
                run.steps = earlier.prefix(same) + (0..<earlier.count - same).map { _ in newName() }
            }
            runs.append(run)
            for (number, step) in run.steps.enumerated() {
                add(.agent, at: time, step, inputTokens: 1500 + 500 * number)
                time += 2 + random.unit() * 18
            }
        }
    }

    private struct AgentRun {
        var steps: [UInt64]
        let begins: Double
    }
    private var runs: [AgentRun] = []

    /// Sixty deals of forty questions: forty at 8, 12, 16 and 20 o'clock on working days, twenty at 6 o'clock every day. From
    /// one cycle to the next a tenth of the questions changes, and after ten days another deal takes the place.
    private mutating func addDeals(on day: Int) {
        for deal in 0..<60 {
            let isDaily = deal % 3 == 0
            if !isDaily, Self.isWeekend(day) { continue }
            for hour in isDaily ? [6] : [8, 12, 16, 20] {
                let cycle = day * 24 + hour
                for question in 0..<40 {
                    let place = deal * 40 + question
                    if editions[place] == nil || (day + deal) % 10 == 0 && hour < 10 || random.chance(0.1) {
                        editions[place] = cycle
                    }
                    let time = Double(day) * Self.day + Double(hour) * 3600 + random.unit() * 600
                    add(.deal, at: time, Self.name(2, place, editions[place]!, 0), inputTokens: 8000)
                }
            }
        }
    }

    private var editions: [Int: Int] = [:]

    /// Three in a hundred requests are sent once more within a minute.
    private mutating func addRetries() {
        for request in requests where random.chance(0.03) {
            let time = request.time + 1 + random.unit() * 59
            requests.append(
                Request(
                    time: time, name: request.name, kind: .retry, answerBytes: request.answerBytes, cost: request.cost))
        }
    }

    /// The answer's size is log-normal, and that of its question alone; the call costs $2.50 and $10 a million tokens.
    private mutating func add(_ kind: Kind, at time: Double, _ name: UInt64, inputTokens: Int) {
        var own = SeededRandom(name ^ 0xA5A5)
        let median = kind == .deal ? 6000.0 : kind == .agent ? 1500 : 2000
        let bytes = max(Int(logNormal(median: median, deviation: 0.7, &own)), 200)
        let cost = Int64(inputTokens) * 2_500_000 + Int64(bytes / 4) * 10_000_000
        requests.append(Request(time: time, name: name, kind: kind, answerBytes: bytes, cost: cost))
    }

    // MARK: When, and how often

    /// The first day is a Tuesday, so that the last, the one that is measured, is a Tuesday after a whole week.
    private static func isWeekend(_ day: Int) -> Bool { day % 7 == 4 || day % 7 == 5 }
    private static func activity(on day: Int) -> Double { isWeekend(day) ? 0.15 : 1 }
    private static let hours = Draw(weights: [
        0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 1, 1, 1, 0.7, 1, 1, 1, 1, 0.8, 0.4, 0.2, 0.2, 0.2, 0.2, 0.1,
    ])
    private static let tenants = Draw(weights: (1...8).map { 1 / Double($0) })
    private static let questions = Draw(weights: (1...4000).map { 1 / Double($0) })

    private mutating func timeOfWork(on day: Int) -> Double {
        let hour = Self.hours.draw(&random)
        return Double(day) * Self.day + (Double(hour) + random.unit()) * 3600
    }

    private mutating func newName() -> UInt64 {
        unnamed += 1
        return unnamed
    }

    private static func name(_ kind: UInt64, _ first: Int, _ second: Int, _ third: Int) -> UInt64 {
        kind << 60 | UInt64(first) << 40 | UInt64(second) << 20 | UInt64(third)
    }
}
