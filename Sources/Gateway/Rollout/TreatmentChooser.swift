import Cache
import HTTP
import Metrics
import Platform
import Routing

/// Decides how each call of one loop is treated, by the policy in force.
final class TreatmentChooser {
    private var policy: Snapshot<RolloutPolicy>.Reader
    private let digest = Digest()
    /// The sticky key of the call in hand.
    private var key: [UInt8] = []

    /// Bytes of a sticky key that count: longer ones are no names.
    private static let keyLimit = 1024

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
        key.removeAll(keepingCapacity: true)
        let treatment = call.connection.withHead { head in
            let traits = CallTraits(
                fields: call.connection.head.fields, head: head, target: path, model: model,
                task: call.entry.task.map(TaskName.init) ?? model.flatMap(TaskName.init(model:)),
                key: call.wasAdmittedByKey ? call.entry.clientKey : nil)
            return policy.treatment(call.headers, traits) { drawing in
                if key.isEmpty { findKey(call, policy.keySources, head, addMember) }
                return Share.place(of: key, drawing: drawing, salt: policy.salt, using: digest)
            }
        }
        call.treat(treatment)
    }

    /// Finds the first key that the call has. A call that has none is a caller of its own.
    private func findKey(
        _ call: Call, _ sources: [StickySource], _ head: UnsafeRawBufferPointer,
        _ addMember: (_ names: [[UInt8]], _ to: inout [UInt8]) -> Void
    ) {
        for source in sources {
            switch source {
            case .header(let name):
                guard let field = call.connection.head.fields.first(where: { HeaderName(head, $0.name).is(name) })
                else { continue }
                key += head[field.value]
            case .body(let names): addMember(names, &key)
            case .credential:
                guard !call.headers.credentials.isEmpty, let tenant = call.tenant else { continue }
                tenant.withBytes { bytes in bytes.withUnsafeBytes { key += $0 } }
            }
            if key.count > Self.keyLimit { key.removeLast(key.count - Self.keyLimit) }
            if !key.isEmpty { return }
        }
        withUnsafeBytes(of: call.entry.id.high) { key += $0 }
        withUnsafeBytes(of: call.entry.id.low) { key += $0 }
    }
}
