import CanonicalJSON
import Foundation
import Hummingbird
import Testing

@testable import Service

/// The document that programs read says what the routers answer, no more and no less.
struct OpenAPITests {
    private static let methods: Set<String> = ["get", "post", "put", "delete", "patch"]

    private let document: JSONValue

    init() throws {
        document = try JSONValue(parsing: OpenAPIRoutes.document, limits: JSONLimits(bytes: 8 << 20))
    }

    private func described() -> Set<String> {
        var routes: Set<String> = []
        for path in document["paths"]?.object ?? JSONObject() {
            for member in path.value.object ?? JSONObject() where OpenAPITests.methods.contains(member.name) {
                routes.insert("\(member.name.uppercased()) \(path.name)")
            }
        }
        return routes
    }

    /// `/v1/evidence/:capability` as `/v1/evidence/{capability}`; what follows `**` is a path.
    private func written(_ route: Router<CallContext>.RouteDescription) -> String {
        let path = "\(route.path)".split(separator: "/").map { part -> String in
            if part == "**" { return "{path}" }
            return part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
        }
        return "\(route.method.rawValue) /\(path.joined(separator: "/"))"
    }

    private func answered(by listeners: [String]) async throws -> Set<String> {
        let open = try OpenOffice()
        let server = try open.server()
        let routes = listeners.flatMap { server.routers[$0]?.routes ?? [] }
        await server.discard()
        // Pages and their style are for people; HEAD comes with every GET of the API.
        return Set(routes.filter { $0.method != .head }.map(written)).filter { route in
            let path = route.split(separator: " ")[1]
            let pages = ["/merchant", "/notary", "/operator", "/act", "/console.css", "/notary.js"]
            return !pages.contains { path == $0 || path.hasPrefix($0 + "/") }
        }
    }

    @Test func theDocumentHasEveryRouteAndNoOther() async throws {
        let answered = try await answered(by: ["api", "posapi"])
        #expect(answered.subtracting(described()).sorted() == [])
        #expect(described().subtracting(answered).sorted() == [])
    }

    @Test func shopsReachThePosAPIAndNothingElse() async throws {
        let posapi = try await answered(by: ["posapi"])
        let shops = try await answered(by: ["shops"])
        #expect(posapi.subtracting(shops).sorted() == [])
        let underToken = Set(posapi.map { $0.replacing(" /", with: " /t/{token}/") })
        #expect(shops.subtracting(posapi) == underToken)
    }

    @Test func everyOperationIsNamedOnceAndSaysWhoMayCallIt() {
        var names: Set<String> = []
        for path in document["paths"]?.object ?? JSONObject() {
            for member in path.value.object ?? JSONObject() where OpenAPITests.methods.contains(member.name) {
                let name = member.value["operationId"]?.string ?? ""
                #expect(!name.isEmpty && names.insert(name).inserted, "\(member.name) \(path.name): \(name)")
                #expect(member.value["security"]?.array != nil, "\(name) says not who may call it")
                #expect(member.value["summary"]?.string?.isEmpty == false, "\(name) has no summary")
            }
        }
    }
}
