import Deeds
import Filing
import Hummingbird

/// A page, and the acts that it shows: each look at one is logged before the page leaves.
struct Shown: Sendable {
    let response: Response
    /// Nothing of another notary's act is shown but its number, with a warning.
    let acts: [ActNumber]

    init(_ response: Response, _ acts: [ActNumber] = []) {
        self.response = response
        self.acts = acts
    }
}

extension NotaryConsole {
    /// A page that shows acts. A line for each of them is durable before it leaves.
    func looked(
        _ purpose: AccessLine.Purpose,
        _ body: @escaping @Sendable (Request, CallContext, Visitor) throws -> Shown
    ) -> Console.Handler {
        console.page(.notary) { request, context, visitor in
            let shown = try await Console.read { try body(request, context, visitor) }
            return try await log(shown, purpose, detail: request.uri.path, visitor)
        }
    }

    func log(_ shown: Shown, _ purpose: AccessLine.Purpose, detail: String, _ visitor: Visitor) async throws -> Response
    {
        try await office.logLooks(at: shown.acts, by: NotaryConsole.reader(visitor), purpose, detail: detail)
        return shown.response
    }

    static func reader(_ visitor: Visitor) -> AccessLine.Who { AccessLine.Who(.notary, visitor.subject) }
}
