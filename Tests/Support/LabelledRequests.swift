package import Routing

/// The chat requests of `Tests/Fixtures/tasks`, each with the task it asks for.
package struct LabelledRequest: Sendable {
    package let id: String
    package let task: TaskName
    /// The request's bytes, as a client would send them.
    package let body: [UInt8]

    /// Whether it is measured only, and never looked at: by a hash of the id, so that it stays what it is.
    package var isHeldBack: Bool {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (hash &* 0x9E37_79B9_7F4A_7C15) >> 63 == 1
    }

    /// All of them, in the order of the tasks.
    package static func all() throws -> [LabelledRequest] {
        return try TaskName.ofChat.flatMap { task in
            try Fixtures.text("tasks/\(task.rawValue).jsonl").split(separator: "\n").map { line in
                let parts = line.split(separator: #"", "request": "#, maxSplits: 1)
                precondition(parts.count == 2 && line.hasSuffix("}"), "no labelled request: \(line.prefix(80))")
                return LabelledRequest(
                    id: String(parts[0].dropFirst(#"{"id": ""#.count)), task: task,
                    body: Array(parts[1].dropLast().utf8))
            }
        }
    }
}
