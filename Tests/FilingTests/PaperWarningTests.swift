import CanonicalJSON
import Catalogue
import Deeds
import Evidence
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

/// An older act on paper is found however many rows that bind nothing lie above it, or it is said that nobody looked.
@Suite struct PaperWarningTests {
    private static let property = "Ү-2206000777"
    private static let headings = ["kind", "bookNumber", "bookDate", "lastName", "firstName", "propertyNumber"]

    private struct NoParties: PartyIndex {
        func entries(under keys: [[UInt8]], before: UInt64?, limit: Int) throws -> (found: [UInt64], isWhole: Bool) {
            ([], true)
        }
    }

    private let desk: Desk
    private let deeds: DeedDesk

    init() async throws {
        desk = try Desk()
        deeds = DeedDesk(
            registrar: desk.registrar, register: desk.register, clock: desk.clock, trust: TrustKeeper(nil),
            parties: NoParties(), receipts: desk.receipts, book: ActBook(desk.registrar, clock: desk.clock))
        let certificate = String(repeating: "ab", count: 32)
        _ = try await desk.register.enrol(
            .notary(Notary(code: "NT001", name: "Нотариатч", certificate: certificate)))
    }

    private func type(_ kind: String, _ count: Int = 1, from first: Int = 1) async throws {
        for number in first..<first + count {
            let cells = [kind, "\(kind) \(number)", "2015-03-09", "Доржийн", "Бат", PaperWarningTests.property]
            let today = try deeds.today()
            let row = try PaperColumns(PaperWarningTests.headings).read(cells, today: today)
            _ = try await deeds.submitPaper(row, notary: "NT001", by: "NT001")
        }
    }

    private func warnings() throws -> [ActWarning] {
        let json: JSONValue = [
            "type": "power-of-attorney", "document": ["sha256": .string("\(SHA256.hash([1]))")],
            "parties": [
                ["role": "principal", "lastName": "Доржийн", "firstName": "Бат", "regnum": "УБ85030412"],
                ["role": "representative", "lastName": "Ганболдын", "firstName": "Туяа", "regnum": "АА02261105"],
            ],
            "details": ["powers": ["Орон сууц худалдах"]], "validUntil": "2026-12-31",
            "propertyNumber": .string(PaperWarningTests.property),
        ]
        return try deeds.paperWarnings(
            about: try ActDraft.parse(json.bytes, today: try deeds.today()), waits: true)
    }

    @Test func rowsThatBindNothingDoNotHideOneThatMay() async throws {
        try await type("contract")
        try await type("power-of-attorney", 250)
        let found = try await settled { try warnings() }
        #expect(found.map(\.reason) == [.propertyOnPaper] && found.map(\.type) == [.contract])
    }

    @Test func whereTheWalkEndsIsTold() async throws {
        try await type("contract")
        try await type("power-of-attorney", DeedDesk.paperRowsLimit)
        var found = try await settled { try warnings() }
        #expect(found.map(\.reason) == [.olderNotExamined] && found.map(\.type) == [.contract])
        try await type("notarial-notice")
        found = try await settled { try warnings() }
        #expect(found.map(\.reason) == [.olderNotExamined] && found.map(\.type) == [.powerOfAttorney])
    }

    @Test func moreThanAreNamedIsTold() async throws {
        try await type("contract", DeedDesk.warningLimit)
        #expect(
            try await settled { try warnings() }.map(\.reason)
                == [ActWarning.Reason](repeating: .propertyOnPaper, count: DeedDesk.warningLimit))
        try await type("contract", 1, from: DeedDesk.warningLimit + 1)
        #expect(try await settled { try warnings() }.last?.reason == .olderNotExamined)
    }

    @Test func damagedRowIsNotPassedOver() async throws {
        let list = deeds.paperPropertyList(PaperWarningTests.property, closedOf: nil)
        let key = try list.next(in: desk.registrar)
        _ = try await desk.registrar.file(issuer: "NT001") { _ in
            .file(Registrar.Draft(kind: .deedAct, fields: ["notary": "NT001"], keys: [key]))
        }
        #expect(throws: Failure.self) { try warnings() }
    }

    /// What is on its way is waited for, as a filing does.
    private func settled<Result>(_ body: () throws -> Result) async throws -> Result {
        while true {
            do {
                return try body()
            } catch let wait as OnItsWay {
                _ = try await wait.ticket.acknowledgement()
            }
        }
    }
}
