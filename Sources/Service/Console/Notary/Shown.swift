import Deeds
import Filing
import Hummingbird

/// A page, and the acts that it shows: each look at one is logged before the page leaves.
struct Shown: Sendable {
    let response: Response
    /// Nothing of another notary's act is shown but its number, with a warning.
    let acts: [String]
    /// False while a notary looks at what was just done to the act: those concerned were told of that.
    let isNews: Bool

    /// - Parameter acts: numbers of acts, or of entries from paper.
    init<Number: CustomStringConvertible>(_ response: Response, _ acts: [Number], isNews: Bool = true) {
        self.response = response
        self.acts = acts.map(\.description)
        self.isNews = isNews
    }

    /// A page that shows none.
    init(_ response: Response) {
        self.init(response, [String]())
    }
}

extension ActReport {
    /// Whether a notary registered or changed the act within the last hour.
    func isWork(of notary: String) -> Bool {
        (known.history.changes.last?.notary ?? act.number.notary).text == notary
            && time < known.newest.recorded + 3_600_000
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
        try await office.logLooks(
            at: shown.acts, by: NotaryConsole.reader(visitor), purpose, detail: detail, isNews: shown.isNews)
        return shown.response
    }

    static func reader(_ visitor: Visitor) -> AccessLine.Who { AccessLine.Who(.notary, visitor.subject) }
}
