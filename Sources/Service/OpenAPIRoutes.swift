import COpenAPI
import Hummingbird

/// `GET /openapi.json`: the description (OpenAPI 3.1) of everything that programs ask for over HTTP. Pages for people are not in it.
struct OpenAPIRoutes {
    /// The document, as it was when the program was built.
    static let document: [UInt8] = {
        var count = 0
        guard let bytes = copenapi_bytes(&count) else { return [] }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }()

    func add(to router: some RouterMethods<CallContext>) {
        router.get("openapi.json") { _, _ in
            var response = Response(bytes: OpenAPIRoutes.document, type: "application/json; charset=utf-8")
            response.headers[.cacheControl] = "max-age=3600"
            response.headers[.accessControlAllowOrigin] = "*"
            return response
        }
    }
}
