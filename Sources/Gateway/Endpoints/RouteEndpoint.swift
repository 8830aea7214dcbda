import HTTP

/// `POST /api/v1/route` of the admin plane: what task, complexity and route a request would get, and why.
final class RouteEndpoint {
    private let context: GatewayContext
    private var reader = TaskFeatureReader()

    init(_ context: GatewayContext) { self.context = context }

    func answer(_ connection: Connection) async throws(SocketError) {
        let text: String
        do throws(GatewayError) {
            guard connection.withHead({ HeaderName($0, connection.head.method).isExactly("POST") }) else {
                throw GatewayError(.unknownRoute, 404, "A route is asked for with POST /api/v1/route and the request.")
            }
            let query = try AdminQuery(connection)
            try query.allow(["path"])
            text = try await context.withAskedRequest(connection, path: query["path"]) {
                (asked) throws(GatewayError) in try RouteExplanation(asked, context, &reader).json
            }
        } catch { return try await connection.send(error) }
        var body = ByteBuffer(capacity: text.utf8.count)
        body.append(text)
        connection.beginResponse(200)
        connection.header("content-type", "application/json")
        connection.endHead(.length(body.count))
        try await connection.send(body)
    }
}
