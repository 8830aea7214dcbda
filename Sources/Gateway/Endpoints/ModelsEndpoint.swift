import Foundation
import HTTP
import Routing

/// `GET /v1/models`: what a client may name, from the configuration, in OpenAI's shape.
final class ModelsEndpoint {
    private let entries: [(name: String, owner: String)]

    init(_ context: GatewayContext) {
        let models = context.routing.modelNames.map { ($0, context.routing.owner(of: $0)) }
        let tasks = context.routing.taskNames.map { ("auto/\($0)", "gateway") }
        entries = [("auto", "gateway")] + tasks + models
    }

    func list(_ call: Call) async {
        var body = ByteBuffer(capacity: 8192)
        body.append(#"{"object":"list","data":["#)
        for (index, entry) in entries.enumerated() {
            if index > 0 { body.append(",") }
            append(entry, to: &body)
        }
        body.append("]}")
        await call.send(json: body)
    }

    /// - Parameter id: Where the model's name stands in the head.
    func one(_ id: Range<Int>, _ call: Call) async throws(GatewayError) {
        let name = call.connection.withHead { String(decoding: $0[id], as: UTF8.self) }
        guard let entry = entries.first(where: { $0.name == (name.removingPercentEncoding ?? name) }) else {
            throw GatewayError(
                .modelNotFound, 404,
                "The model '\(name.prefix(100))' is not in the gateway's catalogue; GET /v1/models lists it, ?upstream=1 asks the provider.",
                parameter: "model")
        }
        var body = ByteBuffer(capacity: 256)
        append(entry, to: &body)
        await call.send(json: body)
    }

    private func append(_ entry: (name: String, owner: String), to body: inout ByteBuffer) {
        body.append(#"{"id":"#)
        JSONString.append(entry.name, to: &body)
        body.append(#","object":"model","created":0,"owned_by":"#)
        JSONString.append(entry.owner, to: &body)
        body.append("}")
    }
}
