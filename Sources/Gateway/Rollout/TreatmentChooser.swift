import Cache
import HTTP
import Metrics
import Platform
import Routing

/// Decides how each call of one loop is treated, by the policy in force.
final class TreatmentChooser {
    private var policy: Snapshot<RolloutPolicy>.Reader
    private let digest = Digest()
    private var key = CallerKey()

    init(_ policy: Snapshot<RolloutPolicy>) { self.policy = Snapshot.Reader(policy) }

    /// Says what is known before the request is read.
    func begin(_ call: Call) { call.treat(policy.current().treatmentUnread(call.headers)) }

    /// Decides for a call of which only the head is read.
    ///
    /// - Parameter path: Where the path below `/v1` and the query stand in the head.
    func decide(_ call: Call, _ path: Range<Int>) { decide(call, path, model: nil) { _, _ in } }

    /// Decides for a call whose request is read.
    ///
    /// - Parameters:
    ///   - model: The model that it names.
    ///   - addMember: Appends what a member of the body says to a list of bytes; nothing where there is no such member.
    func decide(
        _ call: Call, _ path: Range<Int>, model: String?, addMember: (_ names: [[UInt8]], _ to: inout [UInt8]) -> Void
    ) {
        let policy = policy.current()
        key.begin()
        let treatment = call.connection.withHead { head in
            let traits = CallTraits(
                fields: call.connection.head.fields, head: head, target: path, model: model,
                task: call.entry.task.map(TaskName.init) ?? model.flatMap(TaskName.init(model:)),
                key: call.wasAdmittedByKey ? call.entry.clientKey : nil)
            let tenant = call.headers.credentials.isEmpty ? nil : call.tenant
            return policy.treatment(call.headers, traits) { draw in
                key.place(in: draw, of: traits, tenant: tenant, id: call.entry.id, using: digest, addMember)
            }
        }
        call.treat(treatment)
    }
}
