import Cache
import Foundation
import HTTP
import Metrics

/// The query of a request to the admin plane, decoded.
struct AdminQuery {
    private var given: [(name: String, value: String)] = []

    /// - Throws: 400 for a name that stands twice, or an encoding that is none.
    init(_ connection: Connection) throws(GatewayError) {
        let target = connection.withHead { String(decoding: $0[connection.head.pathAndQuery], as: UTF8.self) }
        guard let mark = target.firstIndex(of: "?") else { return }
        for pair in target[target.index(after: mark)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
            guard let name = decoded[0], let value = decoded.count > 1 ? decoded[1] : "" else {
                throw GatewayError(.invalidRequest, 400, "The query is not percent-encoded as it should be.")
            }
            guard self[name] == nil else { throw .badQuery(name, "stands twice") }
            given.append((name, value))
        }
    }

    subscript(name: String) -> String? { given.first { $0.name == name }?.value }

    /// Refuses what is not one of these, or `format`.
    func allow(_ names: [String]) throws(GatewayError) {
        for (name, value) in given where name != "format" {
            guard names.contains(name) else {
                let known = (names + ["format"]).joined(separator: ", ")
                throw .badQuery(name, "is not known here; known is \(known)")
            }
            // An unset variable in a script must not mean everything.
            if value.isEmpty { throw .badQuery(name, "is empty") }
        }
    }

    /// `json` unless it says otherwise.
    func format() throws(GatewayError) -> ReportTable.Format {
        guard let text = self["format"] else { return .json }
        guard let format = ReportTable.Format(rawValue: text), format != .csv else {
            throw .badQuery("format", "is '\(text)'; expected json or table")
        }
        return format
    }

    /// The format of a report: `json` unless it says otherwise.
    func reportFormat() throws(GatewayError) -> ReportTable.Format {
        guard let text = self["format"] else { return .json }
        guard let format = ReportTable.Format(rawValue: text) else {
            throw .badQuery("format", "is '\(text)'; expected json, csv or table")
        }
        return format
    }

    /// Everything but the format, by name.
    var parameters: [String: String] {
        Dictionary(given.lazy.filter { $0.name != "format" }.map { ($0.name, $0.value) }) { first, _ in first }
    }

    func filter() throws(GatewayError) -> CacheFilter {
        var filter = CacheFilter(deal: self["deal"], model: self["model"])
        if let text = self["tag"] {
            guard let tag = CacheFilter.Tag(text) else {
                throw .badQuery("tag", "is '\(text)'; expected NAME or NAME=VALUE")
            }
            filter.tag = tag
        }
        return filter
    }

    /// How many are to be listed.
    func limit(by standard: Int, atMost most: Int) throws(GatewayError) -> Int {
        guard let text = self["limit"] else { return standard }
        guard let limit = Int(text), (1...most).contains(limit) else {
            throw .badQuery("limit", "is '\(text)'; expected 1 to \(most)")
        }
        return limit
    }
}

extension GatewayError {
    static func badQuery(_ name: String, _ problem: String) -> GatewayError {
        GatewayError(.invalidRequest, 400, "The query's '\(name)' \(problem).", parameter: name)
    }
}
