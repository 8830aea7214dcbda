/// What is asked of a report: which calls, told apart by what, how much of it.
package struct ReportQuery: Sendable {
    package let name: ReportName
    package private(set) var filter: CallFilter
    package private(set) var groupBy: [Dimension]
    package private(set) var interval = Interval.minutes(1440)
    /// Rows at most, and how many are passed over before them.
    package private(set) var limit = 1000
    package private(set) var offset = 0
    /// Microseconds since 1970: what relative times and forecasts count from.
    package let now: Int64
    /// What a deal may cost.
    package let target: PicoDollars

    package static let rowLimit = 10_000
    /// Intervals of one report: a year of hours.
    static let intervalLimit: Int64 = 10_000

    /// The parameters that every report knows.
    package static let parameters = CallFilter.parameters + ["group_by", "interval", "limit", "offset"]

    /// - Parameter parameters: By name.
    package init(
        _ name: ReportName, _ parameters: [String: String] = [:], now: Int64, target: PicoDollars = .zero
    ) throws(QueryProblem) {
        self.name = name
        self.now = now
        self.target = target
        for (parameter, value) in parameters.sorted(by: { $0.key < $1.key }) {
            guard Self.parameters.contains(parameter) else {
                let known = Self.parameters.joined(separator: ", ")
                throw QueryProblem(parameter: parameter, reason: "is not known here; known is \(known)")
            }
            if value.isEmpty { throw QueryProblem(parameter: parameter, reason: "is empty") }
        }
        filter = try CallFilter(parameters, now: now)
        groupBy = try Self.dimensions(name, parameters)
        limit = try Self.number("limit", parameters, in: 1...Self.rowLimit) ?? limit
        offset = try Self.number("offset", parameters, in: 0...1_000_000) ?? 0
        interval = try interval(parameters)
    }

    private func interval(_ parameters: [String: String]) throws(QueryProblem) -> Interval {
        guard let from = filter.from, groupBy.contains(.time) || parameters["interval"] != nil else {
            return try stated(parameters) ?? interval
        }
        let length = (filter.to ?? now) - from
        let interval = try stated(parameters) ?? (length <= 3 * DealKey.microseconds ? .minutes(60) : interval)
        guard case .minutes(let minutes) = interval, length / (minutes * 60_000_000) > Self.intervalLimit else {
            return interval
        }
        throw QueryProblem(
            parameter: "interval",
            reason: "makes more than \(Self.intervalLimit) rows of the time from 'from' to 'to'; expected a longer one")
    }

    private func stated(_ parameters: [String: String]) throws(QueryProblem) -> Interval? {
        guard let text = parameters["interval"] else { return nil }
        guard let interval = Interval(text) else {
            throw QueryProblem(parameter: "interval", reason: "is '\(text)'; expected \(Interval.expected)")
        }
        guard groupBy.contains(.time) || name == .errorAnalysis else {
            throw QueryProblem(parameter: "interval", reason: "says nothing without time in 'group_by'")
        }
        return interval
    }

    private static func number(
        _ name: String, _ parameters: [String: String], in range: ClosedRange<Int>
    ) throws(QueryProblem) -> Int? {
        guard let text = parameters[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw QueryProblem(
                parameter: name, reason: "is '\(text)'; expected \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func dimensions(
        _ report: ReportName, _ parameters: [String: String]
    ) throws(QueryProblem) -> [Dimension] {
        guard let text = parameters["group_by"] else { return report.defaultGrouping }
        var dimensions: [Dimension] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let dimension = Dimension(rawValue: String(word)), report.groupings.contains(dimension) else {
                let known = report.groupings.map(\.rawValue).joined(separator: ", ")
                throw QueryProblem(parameter: "group_by", reason: "names '\(word)'; expected some of \(known)")
            }
            guard !dimensions.contains(dimension) else {
                throw QueryProblem(parameter: "group_by", reason: "names '\(word)' twice")
            }
            dimensions.append(dimension)
        }
        if dimensions.contains(.level), dimensions.contains(.kind) || dimensions.contains(.transform) {
            throw QueryProblem(
                parameter: "group_by", reason: "names level beside kind or transform, which are not told together")
        }
        guard dimensions.count <= Dimension.limit else {
            throw QueryProblem(parameter: "group_by", reason: "names more than \(Dimension.limit)")
        }
        return dimensions
    }

    /// The same question of the hours of another time.
    func byHour(from: Int64, to: Int64) -> ReportQuery {
        var query = self
        query.filter.from = from
        query.filter.to = to
        query.groupBy = [.time]
        query.interval = .minutes(60)
        return query
    }
}
