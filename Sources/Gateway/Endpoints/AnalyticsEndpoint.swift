import HTTP
import LMDB
import Metrics
import Platform

/// `/api/v1/analytics/llm` of the admin plane: the reports on what the ledger holds.
final class AnalyticsEndpoint {
    private let context: GatewayContext
    /// A report may take some tens of megabytes, and seconds where it must read every call.
    private let threads = AdminThreads(name: "report", limit: 2)

    static let path = "/api/v1/analytics/llm"

    init(_ context: GatewayContext) { self.context = context }

    /// Answers a request for a report.
    ///
    /// - Parameter name: What stands behind the path, with its slash; nothing for the list of reports.
    func answer(_ connection: Connection, name: Substring) async throws(SocketError) {
        let text: String
        var format = ReportTable.Format.json
        do throws(GatewayError) {
            let query = try AdminQuery(connection)
            if name.isEmpty {
                try query.allow([])
                text = Self.list
            } else {
                format = try query.reportFormat()
                text = try await report(name.dropFirst(), query, format)
            }
        } catch { return try await connection.send(error) }
        var body = ByteBuffer(capacity: text.utf8.count + 1)
        body.append(text)
        connection.beginResponse(200)
        switch format {
        case .json: connection.header("content-type", "application/json")
        case .csv: connection.header("content-type", "text/csv; charset=utf-8")
        case .table: connection.header("content-type", "text/plain; charset=utf-8")
        }
        connection.endHead(.length(body.count))
        try await connection.send(body)
    }

    private func report(
        _ name: Substring, _ query: AdminQuery, _ format: ReportTable.Format
    ) async throws(GatewayError) -> String {
        guard let name = ReportName(rawValue: String(name)) else {
            let names = ReportName.allCases.map(\.rawValue).joined(separator: ", ")
            throw GatewayError(.unknownRoute, 404, "There is no report '\(name)'; there are \(names).")
        }
        let asked: ReportQuery
        do throws(QueryProblem) {
            asked = try ReportQuery(
                name, query.parameters, now: context.time.wallMicroseconds(),
                target: PicoDollars(context.settings.reportPicoDollarsPerDeal ?? 0))
        } catch { throw .badQuery(error.parameter, error.reason) }
        let reader = context.ledger.reader
        do throws(StoreError) {
            let text = try await threads.run { () throws(StoreError) in try Report.table(asked, reader).text(format) }
            if let text { return text }
        } catch { throw GatewayError(.invalidRequest, 500, "The ledger cannot be read: \(error).") }
        throw GatewayError(.overloaded, 503, "Other reports are being made already; ask again later.")
    }

    private static var list: String {
        var text = JSONText()
        text.object { object in
            object.name("reports")
            object.array { array in
                for report in ReportName.allCases {
                    array.object { object in
                        object.member("name", report.rawValue)
                        object.member("summary", report.summary)
                        object.name("group_by")
                        object.array { array in for dimension in report.groupings { array.string(dimension.rawValue) } }
                    }
                }
            }
        }
        return text.text + "\n"
    }
}
