import HTTP
import Routing

/// The rules of the configuration, made ready to be matched; the first that fits a call applies.
struct RuleBook: Sendable {
    struct Rule: Sendable {
        let name: String
        let draw: Draw
        let changes: RuleSettings.Changes
        fileprivate let headers: [(name: [UInt8], value: RulePattern)]
        fileprivate let models: [RulePattern]
        fileprivate let paths: [RulePattern]
        fileprivate let keys: [RulePattern]
        fileprivate let tasks: [TaskName]
    }

    private let rules: [Rule]

    init(_ settings: [RuleSettings], _ rollout: RolloutSettings) {
        rules = settings.map { rule in
            Rule(
                name: rule.name,
                draw: Draw(
                    "rule:\(rule.name)", Share(percent: rule.percent), salt: rollout.salt,
                    (rule.key ?? rollout.key).map(StickySource.init)),
                changes: rule.set,
                headers: rule.match.headers.sorted { $0.key < $1.key }.map { (Array($0.key.utf8), $0.value) },
                models: rule.match.models, paths: rule.match.paths.map(\.belowVersion), keys: rule.match.keys,
                tasks: rule.match.tasks)
        }
    }

    var isEmpty: Bool { rules.isEmpty }

    /// The rule that applies to a call.
    ///
    /// - Parameter place: Where the caller stands in a rule's draw; outside its share, the next is looked at.
    func first(matching call: CallTraits, place: (Draw) -> UInt64) -> Rule? {
        rules.first { $0.matches(call) && $0.draw.includes(place) }
    }
}

/// What rules look at of one call.
///
/// Holds the bytes of the head for as long as they are lent.
struct CallTraits {
    let fields: [FieldRange]
    let head: UnsafeRawBufferPointer
    /// Where the path below `/v1` and the query stand in the head.
    let target: Range<Int>
    /// The model that the call names; nil where it is not read.
    var model: String?
    /// What is known of the task before anybody guesses.
    var task: TaskName?
    /// The name of the client's key in `auth.keys`.
    var key: String?
}

extension RuleBook.Rule {
    fileprivate func matches(_ call: CallTraits) -> Bool {
        (paths.isEmpty || Self.matches(paths, call.path))
            && (models.isEmpty || call.model.map { Self.matches(models, $0.utf8) } ?? false)
            && (keys.isEmpty || call.key.map { Self.matches(keys, $0.utf8) } ?? false)
            && (tasks.isEmpty || call.task.map(tasks.contains) ?? false) && headers.allSatisfy(call.hasHeader)
    }

    private static func matches(_ patterns: [RulePattern], _ text: some Collection<UInt8>) -> Bool {
        patterns.contains { $0.matches(text) }
    }
}

extension CallTraits {
    /// Without the query.
    fileprivate var path: Slice<UnsafeRawBufferPointer> { head[target].prefix { $0 != UInt8(ascii: "?") } }

    fileprivate func hasHeader(name: [UInt8], value: RulePattern) -> Bool {
        fields.contains { HeaderName(head, $0.name).is(name) && value.matches(head[$0.value]) }
    }
}

extension HeaderName {
    /// Whether the name is `text`, which is lower-case.
    func `is`(_ text: [UInt8]) -> Bool {
        length == text.count && text.indices.allSatisfy { lowercased($0) == text[$0] }
    }
}
