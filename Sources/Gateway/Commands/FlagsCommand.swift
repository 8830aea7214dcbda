import Foundation
import Metrics

/// `gateway flags ACTION`: what a running gateway has switched, and switching it, through its admin plane.
package enum FlagsCommand: Command {
    package static let name = "flags"
    package static let summary =
        "Shows and sets the rollout flags of a running gateway, which outrank its configuration."
    package static let usage =
        "list | get NAME | set NAME [on|off|PERCENT] | delete NAME|--all | audit [NAME]   [--format table|json]"
    package static let options =
        [
            CommandOption("--format", "table|json", "by default table"),
            CommandOption("--enabled", "true|false", "set: whether it is on at all"),
            CommandOption("--percent", "N", "set: of the callers, 0 to 100"),
            CommandOption(
                "--key", "SOURCE",
                "set: what tells callers apart, header:NAME, body:FIELD or key; null for rollout.key",
                isRepeated: true),
            CommandOption("--salt", "TEXT", "set: draws the callers anew; null for rollout.salt"),
            CommandOption("--by", "WHO", "set, delete: who does it, for the log; by default the user's name"),
            CommandOption("--reason", "TEXT", "set, delete: why, for the log"),
            CommandOption("--all", nil, "delete: every flag"),
            CommandOption(
                "--limit", "N", "audit: at most so many, the latest first, by default \(FlagsEndpoint.auditLimit)"),
        ] + SettingsOptions.all
    package static let example = "gateway flags set rollout 10 --reason 'a quiet day at 1 %'"

    enum Action: String, CaseIterable { case list, get, set, delete, audit }

    package static func run(_ arguments: ArgumentList, in context: CommandContext) throws(UsageError) -> Int32 {
        let names = Action.allCases.map(\.rawValue)
        guard let word = arguments.operands.first, let action = Action(rawValue: word) else {
            let word = arguments.operands.first ?? ""
            let nearest = NearestName.of(word, among: names).map { "; did you mean \($0)?" } ?? ""
            throw UsageError("expected one of \(names.joined(separator: ", "))\(nearest)")
        }
        let request = try Request(action, arguments, in: context)
        let source = try SettingsOptions.source(arguments, in: context)
        do throws(SettingsErrors) {
            let client = AdminClient(try source.load().settings.admin)
            do throws(CommandError) {
                let answer = try client.send(request.method, request.path, request.query, body: request.body)
                context.console.write(String(decoding: answer, as: UTF8.self))
                return 0
            } catch { context.console.complain("gateway flags: \(error)") }
        } catch { for problem in error.errors { context.console.complain("gateway flags: \(problem)") } }
        return 1
    }

    /// What the admin plane is asked.
    private struct Request {
        var method = "GET"
        var path = FlagsEndpoint.path
        var query: [(String, String)]
        var body = Data()

        init(_ action: Action, _ arguments: ArgumentList, in context: CommandContext) throws(UsageError) {
            let format = arguments["--format"] ?? "table"
            guard format == "table" || format == "json" else {
                throw UsageError("--format is '\(format)'; expected table or json")
            }
            query = [("format", format)]
            try Self.refuse(arguments, action)
            var rest = arguments.operands.dropFirst()
            let flag = rest.popFirst()
            switch action {
            case .list where flag == nil: break
            case .get, .set: path += "/\(try Self.checked(flag))"
            case .delete: if !(arguments.has("--all") && flag == nil) { path += "/\(try Self.checked(flag))" }
            case .audit:
                path += "/audit"
                if flag != nil { query.append(("flag", try Self.checked(flag))) }
                if let limit = arguments["--limit"] { query.append(("limit", limit)) }
            case .list: throw UsageError("unexpected argument '\(flag ?? "")'")
            }
            if action == .set {
                method = "PUT"
                body = Data(try Self.change(rest, arguments).utf8)
            } else if let word = rest.first {
                throw UsageError("unexpected argument '\(word)'")
            }
            guard action == .set || action == .delete else { return }
            if action == .delete { method = "DELETE" }
            query.append(("by", arguments["--by"] ?? context.environment["USER"] ?? "gateway flags"))
            if let reason = arguments["--reason"] { query.append(("reason", reason)) }
        }

        /// Refuses options that another action takes.
        private static func refuse(_ arguments: ArgumentList, _ action: Action) throws(UsageError) {
            let log = ["--by", "--reason"]
            let own: [Action: [String]] = [
                .set: ["--enabled", "--percent", "--key", "--salt"] + log, .delete: ["--all"] + log,
                .audit: ["--limit"],
            ]
            for name in ["--enabled", "--percent", "--key", "--salt", "--all", "--limit"] + log
            where arguments.has(name) && own[action]?.contains(name) != true {
                throw UsageError("flags \(action.rawValue) takes no \(name)")
            }
        }

        private static func checked(_ name: String?) throws(UsageError) -> String {
            let names = RolloutFlag.allCases.map(\.rawValue)
            guard let name else { throw UsageError("expected a flag: \(names.joined(separator: ", "))") }
            if names.contains(name) { return name }
            let nearest = NearestName.of(name, among: names)
            throw UsageError(
                "there is no flag '\(name)'; "
                    + (nearest.map { "did you mean \($0)?" } ?? "the flags are \(names.joined(separator: ", "))"))
        }

        /// What changes, as JSON. Whether the values make sense, the gateway says.
        private static func change(
            _ words: ArraySlice<String>, _ arguments: ArgumentList
        ) throws(UsageError) -> String {
            var isEnabled = arguments["--enabled"]
            var percent = arguments["--percent"]
            for word in words {
                switch word {
                case "on", "off": isEnabled = word == "on" ? "true" : "false"
                case _ where Double(word.replacing("%", with: "")) != nil:
                    percent = word.replacing("%", with: "")
                    // Whoever asks for a share of the callers means it to be on.
                    isEnabled = isEnabled ?? "true"
                default: throw UsageError("unexpected argument '\(word)'; expected on, off or a percentage")
                }
            }
            let keys = arguments.all("--key")
            guard isEnabled != nil || percent != nil || !keys.isEmpty || arguments.has("--salt") else {
                throw UsageError("nothing to set: say on, off, a percentage, or one of the options")
            }
            var text = JSONText()
            text.object { object in
                if let isEnabled { object.raw("enabled", isEnabled) }
                if let percent { object.raw("percent", percent) }
                if keys == ["null"] {
                    object.raw("key", "null")
                } else if !keys.isEmpty {
                    object.name("key")
                    object.array { array in for key in keys { array.string(key) } }
                }
                if let salt = arguments["--salt"] { object.member("salt", salt == "null" ? nil : salt) }
            }
            return text.text
        }
    }
}

extension JSONText {
    /// Writes a member whose value stands for itself, or is a text where it cannot.
    fileprivate mutating func raw(_ name: String, _ value: String) {
        self.name(name)
        let isPlain = ["true", "false", "null"].contains(value) || Double(value) != nil
        if isPlain { raw(value) } else { string(value) }
    }
}
