import CanonicalJSON
import Catalogue
import Foundation
import LedgerMerkle
import Signatures
import Testing

@testable import Deeds

/// The root of the package.
let packageFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

let today = CivilDate("2026-11-21")!
let origin = "example.mn/tamga"
let notary = try! NotaryCode("NT012")
let number = ActNumber(notary: notary, year: 2026, running: 17)!
/// The bytes 0…31, so that the statement of a sample stays the same.
let salt = (0..<32).map { UInt8($0) }
let moment = ActTime(unixMilliseconds: 1_795_300_000_000)
/// The commitment of an entry that a change follows.
let before = SHA256.hash([0])

/// The sample of each kind.
let sampleNames: [ActType: String] = [
    .contract: "02-vehicle-sale", .will: "04-will", .powerOfAttorney: "01-power-of-attorney",
    .inheritanceCertificate: "05-inheritance-certificate", .estateProtection: "06-estate-protection",
    .foundingDocument: "07-founding-document", .propertyRights: "08-property-rights",
    .shareCertificate: "09-share-certificate", .copyOrTranslation: "03-translation",
    .signatureAuthenticity: "10-signature-authenticity", .obligationDeposit: "11-obligation-deposit",
    .notarialNotice: "12-notarial-notice", .other: "13-other",
]

func sample(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: packageFolder.appendingPathComponent("seeds/samples/deeds/\(name)")))
}

func sampleJSON(_ type: ActType) throws -> JSONObject {
    let name = try #require(sampleNames[type])
    return try #require(try JSONValue(parsing: try sample(name + ".json")).object)
}

func parse(_ act: JSONObject) throws -> ActDraft { try ActDraft.parse(JSONValue.object(act).bytes, today: today) }

func attorney() throws -> ActDraft { try parse(try sampleJSON(.powerOfAttorney)).sealed(with: salt) }

func text(_ draft: ActDraft) throws -> String {
    try ActStatement(draft.sealed(with: salt), origin: origin, notary: notary).text
}

func registered(_ draft: ActDraft, _ scope: SignedScope = .statement) throws -> RegisteredAct {
    try RegisteredAct(number: number, draft: draft.sealed(with: salt), signature: signature(scope), time: moment)
}

/// Expects a failure with exactly this problem.
func expect(_ problem: Problem, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
    let failure = #expect(throws: Failure.self, sourceLocation: location) { try body() }
    #expect(failure?.problem.code == problem.code, "\(failure?.description ?? "")", sourceLocation: location)
}

func signature(_ scope: SignedScope = .statement) -> ActSignature {
    let covered = CoveredPDF(ranges: "0 1200 9394 880", digest: String(repeating: "cd", count: 32))
    return ActSignature(
        scope: scope, level: scope == .pdf ? .padesT : .cadesT, cms: SHA256.hash([1]), certificate: SHA256.hash([2]),
        pdf: scope == .pdf ? covered : nil, signingTime: ActTime(unixMilliseconds: 1_795_299_000_000),
        timestamp: ActTime(unixMilliseconds: 1_795_299_100_000),
        revocation: ["ocsp \(SHA256.hash([3]))", "crl \(SHA256.hash([4]))"])
}

/// A block of FORMATS.md; a failure without it.
func formatsExample(_ name: String) throws -> String {
    let page = try String(contentsOf: packageFolder.appendingPathComponent("Ledger/FORMATS.md"), encoding: .utf8)
    guard let start = page.range(of: "```text name=\(name)\n"),
        let end = page.range(of: "```", range: start.upperBound..<page.endIndex)
    else {
        Issue.record("FORMATS.md has no example \(name)")
        return ""
    }
    return String(page[start.upperBound..<end.lowerBound])
}
