import Catalogue
import Evidence
import Foundation
import LedgerMerkle
import Signatures
import Testing

@testable import Deeds

private let origin = "example.mn/tamga"

/// A TEST notary PKI in a folder that goes away with this value.
private final class Chamber {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tamga-chamber-\(UUID().uuidString)")

    init() throws {
        try run("/bin/bash", [packageFolder.appendingPathComponent("tools/make-test-pki").path, folder.path])
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func trust(_ name: String = "trust") throws -> TrustStore {
        try TrustStore(folder: folder.appendingPathComponent(name).path)
    }

    func sign(_ content: [UInt8], by signer: String = "notary-2") throws -> [UInt8] {
        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
        try Data(content).write(to: folder.appendingPathComponent("content"))
        try run(
            "/usr/bin/openssl",
            [
                "cms", "-sign", "-binary", "-cades", "-in", path("content"), "-signer", path(signer + ".pem"), "-inkey",
                path(signer + ".key"), "-outform", "DER", "-out", path("signature"),
            ])
        return try Array(Data(contentsOf: folder.appendingPathComponent("signature")))
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}

/// What is left of a record when a profile is shown.
private func disclosure(_ fields: [String: String], shownTo profile: DeedField.Profile) throws -> Disclosure {
    let secret = try #require(RecordSecret([UInt8](repeating: 7, count: 32)))
    let record = try Record(kind: .deedAct, secret: secret, fields: fields.mapValues { Array($0.utf8) })
    return record.disclosure(showing: DeedField.names(shownTo: profile))
}

private func registered(_ cms: [UInt8], _ scope: SignedScope, by chamber: Chamber, over content: [UInt8], now: Int64)
    throws
    -> RegisteredAct
{
    let verified = try chamber.trust().verify(cms: cms, content: .bytes(content), at: now)
    return try RegisteredAct(
        number: number, draft: try attorney(), signature: ActSignature(scope: scope, verified),
        time: ActTime(unixMilliseconds: UInt64(now) * 1000))
}

@Test func notarysSignatureIsJudgedOnHiddenAndOnShownFields() throws {
    let chamber = try Chamber()
    let now = Int64(Date().timeIntervalSince1970)
    let recorded = UInt64(now) * 1000
    let statement = try ActStatement(try attorney(), origin: origin, notary: notary)
    let cms = try chamber.sign(statement.bytes)
    let act = try registered(cms, .statement, by: chamber, over: statement.bytes, now: now)
    let attachment = RecordAttachment(kind: .cmsSignature, bytes: cms)
    let checker = DeedSignatureChecker(trust: try chamber.trust())

    for profile in [DeedField.Profile.citizen, .party] {
        let found = checker.check(
            attachment, on: try disclosure(act.fields, shownTo: profile), origin: origin, recorded: recorded)
        #expect(found.outcome == .valid, "\(found.detail.en)")
        #expect(found.coverage == .statement)
        #expect(found.signer?.contains("Нотариатч Сараа") == true)
    }
    let hiding = try disclosure(act.fields, shownTo: .citizen).showingOnly([
        "action", "document", "signature", "signed",
    ])
    #expect(checker.check(attachment, on: hiding, origin: origin, recorded: recorded).outcome == .undecided)
    // Years later, with no list of that day.
    let later = DeedSignatureChecker(trust: try chamber.trust("stale"))
    #expect(
        later.check(attachment, on: try disclosure(act.fields, shownTo: .citizen), origin: origin, recorded: recorded)
            .outcome == .valid)
    let stranger = DeedSignatureChecker(
        trust: try TrustStore(folder: chamber.folder.appendingPathComponent("other/root.pem").path))
    #expect(
        stranger.check(
            attachment, on: try disclosure(act.fields, shownTo: .citizen), origin: origin, recorded: recorded
        ).outcome
            == .untrusted)

    // An operator who alters anything that was signed, in the record and its commitment, is found out.
    for (name, value) in [
        ("type", "contract"), ("validuntil", "2047-11-20"), ("notary", "NT013"), ("parties", "[]"), ("powers", ""),
        ("note", "x"), ("level", "cms"), ("object", "Ү-1"),
        ("document", String(repeating: "0", count: 64)), ("sealed", ""),
        ("signature", String(repeating: "0", count: 64)),
        ("certificate", String(repeating: "0", count: 64)),
    ] {
        var altered = act.fields
        altered[name] = value
        let found = checker.check(
            attachment, on: try disclosure(altered, shownTo: .party), origin: origin, recorded: recorded)
        #expect(found.outcome == .invalid, "\(name)")
    }
    let citizen = try disclosure(act.fields, shownTo: .citizen)
    #expect(
        checker.check(attachment, on: citizen, origin: "another.mn/tamga", recorded: recorded).outcome == .invalid)
}

@Test func signatureOverTheDocumentAloneIsReportedAsSuch() throws {
    let chamber = try Chamber()
    let now = Int64(Date().timeIntervalSince1970)
    let document = try sample("01-power-of-attorney.txt")
    let cms = try chamber.sign(document)
    let act = try registered(cms, .document, by: chamber, over: document, now: now)
    let found = DeedSignatureChecker(trust: try chamber.trust()).check(
        RecordAttachment(kind: .cmsSignature, bytes: cms),
        on: try disclosure(act.fields, shownTo: .citizen), origin: origin, recorded: UInt64(now) * 1000)
    #expect(found.outcome == .valid)
    #expect(found.coverage == .documentOnly)
    #expect(found.detail.en.contains("act data not signed"))
}

@Test func revocationsSignatureIsJudgedLikewise() throws {
    let chamber = try Chamber()
    let now = Int64(Date().timeIntervalSince1970)
    let draft = try RevocationDraft.parse(Array(#"{"act":"NT012-2026-17","reason":"хүсэлтээр"}"#.utf8)).sealed(
        with: salt)
    let statement = try RevocationStatement(draft, origin: origin, notary: notary)
    let cms = try chamber.sign(statement.bytes)
    let verified = try chamber.trust().verify(cms: cms, content: .bytes(statement.bytes), at: now)
    let revoked = try RevokedAct(
        notary: notary, draft: draft, signature: ActSignature(scope: .statement, verified),
        time: ActTime(unixMilliseconds: UInt64(now) * 1000))
    let checker = DeedSignatureChecker(trust: try chamber.trust())
    let attachment = RecordAttachment(kind: .cmsSignature, bytes: cms)
    for profile in DeedField.Profile.allCases {
        let shown = try disclosure(revoked.fields, shownTo: profile)
        #expect(
            checker.check(attachment, on: shown, origin: origin, recorded: UInt64(now) * 1000).outcome == .valid)
    }
    var altered = revoked.fields
    altered["reason"] = "өөр"
    #expect(
        checker.check(
            attachment, on: try disclosure(altered, shownTo: .party), origin: origin, recorded: UInt64(now) * 1000
        ).outcome == .invalid)
}
