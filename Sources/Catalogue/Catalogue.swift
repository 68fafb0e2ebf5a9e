/// A language in which Tamga speaks to people.
public enum Language: String, Sendable, CaseIterable {
    case mn, en
}

/// One text in both languages. `{name}` marks where a detail of the case at hand goes.
public struct Wording: Sendable, Hashable {
    public let mn: String
    public let en: String

    public init(mn: String, en: String) {
        self.mn = mn
        self.en = en
    }

    /// The text with its details filled in, in one pass: a detail that holds braces is not filled again.
    public func filled(_ details: [String: String], in language: Language) -> String {
        var rest = Substring(language == .mn ? mn : en)
        var text = ""
        while let open = rest.firstIndex(of: "{") {
            text += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}") else { break }
            let name = String(rest[rest.index(after: open)..<close])
            text += details[name] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }
}

/// A kind of failure that a person may meet: what happened and what to do, in both languages.
///
/// The CLI, the problem details of the API (RFC 9457) and the PosAPI errors all speak from this one catalogue.
public struct Problem: Sendable, Hashable {
    /// Stable, kebab-case: automation may rely on it.
    public let code: String
    /// The HTTP status under which the API answers it.
    public let status: Int
    public let text: Wording
    /// What the person can do; empty when the text already says it.
    public let remedy: Wording

    public init(_ code: String, status: Int, text: Wording, remedy: Wording) {
        self.code = code
        self.status = status
        self.text = text
        self.remedy = remedy
    }

    /// A failure of this kind.
    public func callAsFunction(_ details: [String: String] = [:]) -> Failure {
        Failure(problem: self, details: details)
    }
}

/// A problem that happened, with the details of the case.
public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    public let problem: Problem
    public let details: [String: String]

    public init(problem: Problem, details: [String: String] = [:]) {
        self.problem = problem
        self.details = details
    }

    /// What happened.
    public func message(_ language: Language = .en) -> String {
        problem.text.filled(details, in: language)
    }

    /// What to do.
    public func remedy(_ language: Language = .en) -> String {
        problem.remedy.filled(details, in: language)
    }

    /// One line for a terminal or a log: what happened; what to do.
    public var description: String {
        let remedy = remedy()
        return remedy.isEmpty ? message() : "\(message()); \(remedy)"
    }
}

extension Problem {
    /// Every problem of the product: `tools/test` keeps both languages whole over this list.
    public static let all: [Problem] =
        general + shops + consoles + ledger + receipts + deeds + documents + evidence + access + signing + signedPDFs
        + notices + fees + papers
}
