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
let notary = try! NotaryCode("NT012")
let number = ActNumber(notary: notary, year: 2026, running: 17)!
/// The bytes 0…31, so that the statement of the sample stays the same.
let salt = (0..<32).map { UInt8($0) }
let moment = ActTime(unixMilliseconds: 1_795_300_000_000)

func sample(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: packageFolder.appendingPathComponent("seeds/samples/deeds/\(name)")))
}

func attorney() throws -> ActDraft {
    try ActDraft.parse(try sample("01-power-of-attorney.json"), today: today).sealed(with: salt)
}

/// Expects a failure with exactly this problem.
func expect(_ problem: Problem, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
    let failure = #expect(throws: Failure.self, sourceLocation: location) { try body() }
    #expect(failure?.problem.code == problem.code, "\(failure?.description ?? "")", sourceLocation: location)
}

func signature(_ scope: SignedScope = .statement) -> ActSignature {
    ActSignature(scope: scope, level: .cadesB, cms: SHA256.hash([1]), certificate: SHA256.hash([2]))
}
