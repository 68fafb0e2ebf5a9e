public import Catalogue

/// The number here of an entry in a register book on paper: notary, year of the book, running number, such as `NT012-P2015-000034`.
///
/// The `P` is on paper's side of the register: no act signed here has such a number, and no reader takes one for the other. Guessable,
/// so it opens nothing alone.
public struct PaperNumber: Sendable, Hashable, CustomStringConvertible {
    public let notary: NotaryCode
    /// Of the day in the book, 1900…2999.
    public let year: Int
    /// 1…999,999,999, counted by notary and year.
    public let running: Int

    /// `nil` outside the ranges.
    public init?(notary: NotaryCode, year: Int, running: Int) {
        guard (1900...2999).contains(year), (1...999_999_999).contains(running) else { return nil }
        self.notary = notary
        self.year = year
        self.running = running
    }

    /// Reads a number as people type it, like ``ActNumber``.
    /// - Throws: ``Problem/paperNumberInvalid``.
    public init(_ input: String, path: String = "number") throws(Failure) {
        guard let typed = TypedNumber(input), typed.year.count == 5, ["P", "Р"].contains(typed.year.first),
            let year = TypedNumber.decimal(typed.year.dropFirst()),
            let number = PaperNumber(notary: typed.notary, year: year, running: typed.running)
        else { throw Problem.paperNumberInvalid(["path": path]) }
        self = number
    }

    /// Canonical, with at least six digits in the running number.
    public var description: String { "\(notary)-P\(year)-\(padded(running, 6))" }
}

/// The number of something in the register: an act signed here, or an entry from paper.
public enum DeedNumber: Sendable, Hashable, CustomStringConvertible {
    case act(ActNumber)
    case paper(PaperNumber)

    /// Reads a number of either form.
    /// - Throws: ``Problem/actNumberInvalid``.
    public init(_ input: String, path: String = "number") throws(Failure) {
        if let number = try? PaperNumber(input, path: path) {
            self = .paper(number)
        } else {
            self = .act(try ActNumber(input, path: path))
        }
    }

    public var notary: NotaryCode {
        switch self {
        case .act(let number): number.notary
        case .paper(let number): number.notary
        }
    }

    public var description: String {
        switch self {
        case .act(let number): number.description
        case .paper(let number): number.description
        }
    }
}
