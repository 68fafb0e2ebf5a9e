public import Catalogue

/// Why a check did not end well, with the details that the reason's text needs.
public struct Finding: Error, Sendable, Hashable {
    public let reason: Reason
    /// Texts by the names that the problem's wording uses; safe to print.
    public let details: [String: String]

    init(_ reason: Reason, _ details: [String: String] = [:]) {
        self.reason = reason
        self.details = details
    }

    /// The same for people, in both languages; `nil` for `allChecksPassed`.
    public var failure: Failure? {
        reason.problem.map { Failure(problem: $0, details: details) }
    }
}
