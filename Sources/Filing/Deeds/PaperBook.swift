import Catalogue
public import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle

/// An entry from paper as the ledger has it.
public struct KnownPaper: Sendable {
    public let paper: RegisteredPaper
    public let filed: FiledRecord

    public var number: PaperNumber { paper.number }
}

/// What can be said of an entry from paper. Whether the act is in force nobody here knows: the raw value is the stable code.
public enum PaperStatus: String, Sendable, Hashable, CaseIterable {
    /// It stands as it was typed from the book.
    case fromPaper = "from-paper"
    /// The last day that the book gives it is over.
    case expired
    /// It was typed wrongly: another entry stands for it.
    case corrected

    public init(_ act: PaperAct, isCorrected: Bool, today: CivilDate) {
        if isCorrected {
            self = .corrected
        } else if let end = act.validUntil, end < today {
            self = .expired
        } else {
            self = .fromPaper
        }
    }
}

/// What the number and access code of an entry from paper tell.
public struct PaperReport: Sendable {
    public let known: KnownPaper
    public let status: PaperStatus
    public let correctedBy: PaperNumber?
    /// The size of the ledger at which this was so.
    public let size: UInt64
    /// The ledger's time then, Unix ms.
    public let time: UInt64

    public var number: PaperNumber { known.number }
}

/// What a number and an access code lead to.
public enum DeedReport: Sendable {
    case act(ActReport)
    case paper(PaperReport)

    public var number: DeedNumber {
        switch self {
        case .act(let report): .act(report.act.number)
        case .paper(let report): .paper(report.number)
        }
    }

    /// When it was registered here.
    public var registered: ActTime {
        switch self {
        case .act(let report): report.act.time
        case .paper(let report): report.known.paper.time
        }
    }
}

/// One number of the register of entries from paper.
public enum PaperLine: Sendable {
    case entry(PaperReport)
    /// Its content was erased; the number stays.
    case erased(PaperNumber)
}

extension DeedDesk {
    /// The entry from paper at an index.
    ///
    /// - Throws: `act-not-found` for another kind of record.
    func knownPaper(at index: UInt64) throws -> KnownPaper {
        let filed = try registrar.record(at: index)
        guard filed.stored.record.kind == .deedAct,
            case .paper(let paper) = try ActRecord(fields: filed.fields, isOurs: true)
        else { throw Problem.actNotFound() }
        return KnownPaper(paper: paper, filed: filed)
    }

    func knownPaper(_ number: PaperNumber) throws -> KnownPaper {
        guard let index = try registrar.ledger.find(registrar.vault.key(.act, number.description)) else {
            throw Problem.actNotFound()
        }
        return try knownPaper(at: index)
    }

    /// - Parameter isForHolder: whether it is for the holder of the entry's access code: a will that stands for it now is not told to them.
    func report(_ known: KnownPaper, isForHolder: Bool = false) throws -> PaperReport {
        let now = max(clock.now(), known.paper.time.unixMilliseconds)
        let correction = try correction(of: known.number, waits: false)
        let isSecret = isForHolder && correction?.known?.paper.act.isClosed == true
        return PaperReport(
            known: known, status: PaperStatus(known.paper.act, isCorrected: correction != nil, today: try today()),
            correctedBy: isSecret ? nil : correction?.known?.number, size: registrar.ledger.size, time: now)
    }

    /// An entry from paper for its office, or a successor.
    ///
    /// - Throws: `act-not-found`.
    public func paper(_ text: String, notary code: String) throws -> PaperReport {
        guard let number = try? PaperNumber(text, path: "act"), isActing(try notary(code), for: number.notary) else {
            throw Problem.actNotFound()
        }
        return try report(try knownPaper(number))
    }

    /// An act or an entry from paper, for the notary who registered it, or a successor.
    public func deed(_ text: String, notary code: String) throws -> DeedReport {
        switch try DeedNumber(text, path: "act") {
        case .act: return .act(try status(act: text, notary: code))
        case .paper: return .paper(try paper(text, notary: code))
        }
    }

    /// The same for the operator: wills are not there.
    public func deed(_ text: String) throws -> DeedReport {
        guard case .paper(let number) = try DeedNumber(text, path: "act") else {
            return .act(try status(act: text))
        }
        let known = try knownPaper(number)
        guard !known.paper.act.isClosed else { throw Problem.actNotFound() }
        return .paper(try report(known))
    }

    /// The office whose books a notary asks for: the own one where none is named, or one that came to the notary.
    ///
    /// - Throws: `not-found` for any other; `issuer-unknown` for no notary.
    public func office(_ text: String?, of code: String) throws -> String {
        let notary = try notary(code)
        guard let text else { return notary.text }
        guard let office = try? NotaryCode(text), register.notary(code: office.text) != nil,
            isActing(notary, for: office)
        else { throw Problem.notFound() }
        return office.text
    }

    // MARK: The register from paper

    /// The highest number of a notary and a year of the books; 0 when there is none.
    public func paperEnd(notary code: String, year: Int) throws -> Int {
        let notary = try notary(code)
        guard let index = try registrar.ledger.find(registrar.vault.key(.paperYear, notary.text, String(year))) else {
            return 0
        }
        return try registrar.counter(at: index) ?? 0
    }

    /// Entries by number, beginning with one. O(limit).
    public func paperBook(notary code: String, year: Int, from first: Int, limit: Int) throws -> [PaperLine] {
        let notary = try notary(code)
        let end = try paperEnd(notary: code, year: year)
        guard first >= 1, first <= end else { return [] }
        return try (first...min(end, first + max(limit, 1) - 1)).map { running in
            guard let number = PaperNumber(notary: notary, year: year, running: running) else {
                throw Problem.notFound()
            }
            do {
                return .entry(try report(try knownPaper(number)))
            } catch let failure as Failure
                where [.recordErased, .recordExpired, .actNotFound].contains(failure.problem)
            {
                return .erased(number)
            }
        }
    }

    /// The years for which a notary has entries from paper. O(years), once a page.
    public func paperYears(notary code: String) throws -> [Int] {
        let notary = try notary(code)
        let last = try today().year
        return try (PaperEntry.earliest.year...last).filter {
            try registrar.ledger.find(registrar.vault.key(.paperYear, notary.text, String($0))) != nil
        }
    }
}
