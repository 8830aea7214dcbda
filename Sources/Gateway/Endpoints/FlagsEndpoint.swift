import HTTP
import LMDB
import Metrics

/// `/api/v1/admin/flags` of the admin plane: what is switched, since when and by whom, and switching it.
final class FlagsEndpoint {
    private let rollout: RolloutControl
    private let bodyLimitBytes = 65_536

    static let path = "/api/v1/admin/flags"
    /// Changes that are listed where nobody says how many, and at most.
    static let auditLimit = 100

    init(_ rollout: RolloutControl) { self.rollout = rollout }

    /// Answers a request whose path begins with `FlagsEndpoint.path`.
    func answer(_ connection: Connection, path: Substring) async throws(SocketError) {
        let text: String
        let format: ReportTable.Format
        do throws(GatewayError) {
            let query = try AdminQuery(connection)
            format = try query.format()
            text = try await answer(connection, path, query, format)
        } catch { return try await connection.send(error) }
        try await connection.send(text, format)
    }

    private func answer(
        _ connection: Connection, _ path: Substring, _ query: AdminQuery, _ format: ReportTable.Format
    ) async throws(GatewayError) -> String {
        let method = connection.withHead { String(decoding: $0[connection.head.method], as: UTF8.self) }
        let isRead = method == "GET" || method == "HEAD"
        if path == "/audit", isRead {
            try query.allow(["flag", "limit"])
            let limit = try query.limit(by: Self.auditLimit, atMost: FlagStore.auditLimit)
            return try await audit(try query["flag"].map(Self.flag(called:)), limit, format)
        }
        let flag = path.isEmpty ? nil : try Self.flag(called: String(path.dropFirst()))
        if isRead {
            try query.allow([])
            return state(of: flag, format)
        }
        try query.allow(["by", "reason"])
        let edits: [RolloutFlag: RolloutControl.Edit]
        switch method {
        case "PUT": edits = try Self.edits(of: flag, try await Self.body(of: connection, atMost: bodyLimitBytes))
        case "DELETE":
            let flags = flag.map { [$0] } ?? RolloutFlag.allCases
            edits = Dictionary(uniqueKeysWithValues: flags.map { ($0, .delete) })
        default: throw GatewayError(.methodNotAllowed, 405, "This route takes GET, PUT and DELETE.")
        }
        let by = try query.note("by") ?? "admin API"
        let reason = try query.note("reason")
        let problem: StoreError?
        do throws(SettingsErrors) {
            problem = try await rollout.change(edits, by: by, reason: reason)
        } catch {
            let told = error.errors.map(\.description).joined(separator: "; ")
            throw GatewayError(.invalidRequest, 400, "The flag is not changed: \(told).")
        }
        return state(of: flag, format, warning: problem.map { "in force, but gone with the process: \($0)" })
    }

    // MARK: What is asked

    static func flag(called name: String) throws(GatewayError) -> RolloutFlag {
        if let flag = RolloutFlag(rawValue: name) { return flag }
        let names = RolloutFlag.allCases.map(\.rawValue)
        let nearest = NearestName.of(name, among: names).map { "did you mean '\($0)'?" }
        throw GatewayError(
            .unknownRoute, 404,
            "There is no flag '\(name)'; \(nearest ?? "the flags are \(names.joined(separator: ", "))").")
    }

    /// The body is one flag's change, or an object with that of several by their names.
    private static func edits(of flag: RolloutFlag?, _ body: [UInt8]) throws(GatewayError) -> [RolloutFlag:
        RolloutControl.Edit]
    {
        if let flag { return [flag: .change(body)] }
        let outcome = JSON5Parser.parse(body)
        guard outcome.problems.isEmpty, case .object(let members)? = outcome.root?.value else {
            let problem = outcome.problems.first?.description ?? "it is no object"
            throw GatewayError(
                .invalidJSON, 400, "Expected an object such as {\"rollout\":{\"percent\":10}}: \(problem).")
        }
        var edits: [RolloutFlag: RolloutControl.Edit] = [:]
        for member in members {
            let isNull = member.node.value == .null
            edits[try Self.flag(called: member.name)] = isNull ? .delete : .change(member.node.json)
        }
        return edits
    }

    private static func body(of connection: Connection, atMost limit: Int) async throws(GatewayError) -> [UInt8] {
        do throws(ProtocolError) {
            guard try await connection.readBody(limit: limit) else { throw ProtocolError(400, "the body is not whole") }
        } catch { throw GatewayError(error) }
        return connection.withBody { Array($0) }
    }

    // MARK: What is answered

    private func state(of flag: RolloutFlag?, _ format: ReportTable.Format, warning: String? = nil) -> String {
        let states = flag.map { [rollout.state(of: $0)] } ?? rollout.states
        if format == .table {
            return FlagTables.states(states).text(.table) + (warning.map { "\nThe change is \($0)\n" } ?? "")
        }
        var text = JSONText()
        if flag != nil {
            text.object { object in
                states[0].writeMembers(to: &object)
                if let warning { object.member("warning", warning) }
            }
        } else {
            text.object { object in
                object.name("flags")
                object.object { flags in
                    for state in states {
                        flags.name(state.flag.rawValue)
                        flags.object { state.writeMembers(to: &$0) }
                    }
                }
                if let warning { object.member("warning", warning) }
            }
        }
        return text.text + "\n"
    }

    private func audit(
        _ flag: RolloutFlag?, _ limit: Int, _ format: ReportTable.Format
    ) async throws(GatewayError) -> String {
        let changes: [[UInt8]]
        do throws(StoreError) { changes = try await rollout.changes(of: flag, limit: limit) } catch {
            throw GatewayError(.invalidRequest, 500, "The log of the flags cannot be read: \(error).")
        }
        if format == .table { return FlagTables.audit(changes).text(.table) }
        var text = JSONText()
        text.object { object in
            object.name("audit")
            object.array { array in for change in changes { array.raw(String(decoding: change, as: UTF8.self)) } }
        }
        return text.text + "\n"
    }
}

extension RolloutControl.State {
    fileprivate func writeMembers(to object: inout JSONText) {
        object.member("name", flag.rawValue)
        value.writeMembers(to: &object)
        object.name("effective_percent")
        object.raw(effectivePercent.shortText)
        object.member("origin", stored == nil ? "configuration" : "run time")
        object.member("set_at", stored.map { Timestamp.text($0.at) })
        object.member("set_by", stored?.by)
        object.member("configured", configured)
    }
}

extension AdminQuery {
    /// A remark of the caller's: printable, and no longer than 256 bytes.
    fileprivate func note(_ name: String) throws(GatewayError) -> String? {
        guard let text = self[name] else { return nil }
        guard text.utf8.count <= 256, text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw GatewayError(.invalidRequest, 400, "The query's '\(name)' is too long or not printable.") }
        return text
    }
}
