import Metrics

/// The flags as tables for people.
enum FlagTables {
    static func states(_ states: [RolloutControl.State]) -> ReportTable {
        var table = ReportTable(
            name: "flags",
            columns: [
                .init("name", "Flag"), .init("enabled", "Enabled"), .init("percent", "Percent"), .init("key", "Key"),
                .init("salt", "Salt"), .init("set_at", "Set"), .init("set_by", "By"), .init("configured", "Configured"),
            ])
        table.rows = states.map { state in
            [
                .text(state.flag.rawValue), .flag(state.value.isEnabled), .text(state.value.percent.shortText),
                .text(state.value.key?.map(\.name).joined(separator: " ")), .text(state.value.salt),
                .time(state.stored?.at), .text(state.stored?.by), .text(state.configured.description),
            ]
        }
        return table
    }

    /// - Parameter changes: As the store has them.
    static func audit(_ changes: [[UInt8]]) -> ReportTable {
        var table = ReportTable(
            name: "flags-audit",
            columns: [
                .init("at", "When"), .init("flag", "Flag"), .init("action", "Action"), .init("old", "From"),
                .init("new", "To"), .init("by", "By"), .init("reason", "Reason"),
            ])
        table.rows = changes.map { json in
            let root = JSON5Parser.parse(json).root
            func value(_ name: String) -> ReportTable.Cell {
                let value = root?[name].flatMap { RolloutFlag.Value(stored: $0.json) }
                return .text(value?.description)
            }
            func text(_ name: String) -> ReportTable.Cell {
                guard case .string(let text)? = root?[name]?.value else { return .absent }
                return .text(text)
            }
            return [text("at"), text("flag"), text("action"), value("old"), value("new"), text("by"), text("reason")]
        }
        return table
    }
}
