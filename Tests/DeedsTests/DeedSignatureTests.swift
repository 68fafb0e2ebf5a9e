import CanonicalJSON
import Catalogue
import Evidence
import Foundation
import LedgerMerkle
import Signatures
import Testing

@testable import Deeds

/// A TEST notary PKI in a folder that goes away with this value.
final class Chamber {
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

/// Fields that a notary of the chamber signed, and what a reader finds.
struct SignedFields {
    let chamber: Chamber
    let now: Int64
    let verified: VerifiedSignature
    let fields: [String: String]

    private init(
        _ chamber: Chamber, over content: [UInt8], fields: (VerifiedSignature, ActTime) throws -> [String: String]
    ) throws {
        self.chamber = chamber
        now = Int64(Date().timeIntervalSince1970)
        let cms = try chamber.sign(content)
        verified = try chamber.trust().verify(cms: cms, content: .bytes(content), at: now)
        self.fields = try fields(verified, ActTime(unixMilliseconds: UInt64(now) * 1000))
    }

    init(_ chamber: Chamber, _ draft: ActDraft, _ scope: SignedScope = .statement, document: [UInt8] = []) throws {
        let sealed = draft.sealed(with: salt)
        let statement = try ActStatement(sealed, origin: origin, notary: notary)
        try self.init(chamber, over: scope == .statement ? statement.bytes : document) { verified, time in
            try RegisteredAct(
                number: number, draft: sealed, signature: ActSignature(scope: scope, verified), time: time
            )
            .fields()
        }
    }

    init(_ chamber: Chamber, _ draft: ChangeDraft) throws {
        let statement = try ActStatement(draft, origin: origin, notary: notary)
        try self.init(chamber, over: statement.bytes) { verified, time in
            try ChangedAct(
                notary: notary, draft: draft, signature: ActSignature(scope: .statement, verified), time: time
            ).fields()
        }
    }

    /// What is left of a record when a profile is shown.
    static func disclosure(_ fields: [String: String], shownTo profile: DeedField.Profile = .party) throws -> Disclosure
    {
        let secret = try #require(RecordSecret([UInt8](repeating: 7, count: 32)))
        let record = try Record(kind: .deedAct, secret: secret, fields: fields.mapValues { Array($0.utf8) })
        return record.disclosure(showing: DeedField.names(shownTo: profile))
    }

    func check(
        _ disclosure: Disclosure, trust: TrustStore? = nil, origin: String = origin, material: [[UInt8]] = [],
        validation: ValidationFiles = ValidationFiles()
    ) throws -> IssuerSignature {
        DeedSignatureChecker(trust: try trust ?? chamber.trust(), validation: validation).check(
            RecordAttachment(kind: .cmsSignature, bytes: verified.cms), on: disclosure, origin: origin,
            recorded: UInt64(now) * 1000, material: material)
    }

    /// With fields replaced, added or (`nil`) removed: what an operator could put into a record.
    func check(altered: [String: String?], shownTo profile: DeedField.Profile = .party) throws -> IssuerSignature {
        var changed = fields
        for (name, value) in altered { changed[name] = value }
        return try check(try Self.disclosure(changed, shownTo: profile))
    }
}

@Test func notarysSignatureIsJudgedOnHiddenAndOnShownFields() throws {
    let signed = try SignedFields(try Chamber(), try parse(try sampleJSON(.powerOfAttorney)))
    for profile in DeedField.Profile.allCases {
        let found = try signed.check(try SignedFields.disclosure(signed.fields, shownTo: profile))
        #expect(found.outcome == .valid, "\(found.detail.en)")
        #expect(found.coverage == .statement)
        #expect(found.signer?.contains("Нотариатч Сараа") == true)
        #expect(found.detail.en.contains("with the lists of that day"))
    }
    let citizen = try SignedFields.disclosure(signed.fields, shownTo: .citizen)
    for hidden in ["act", "notary", "type", "validuntil", "sealed", "action", "document", "signature", "signed"] {
        let fewer = citizen.showingOnly(DeedField.names(shownTo: .citizen).subtracting([hidden]))
        #expect(try signed.check(fewer).outcome == .undecided, "\(hidden)")
    }
    #expect(
        try signed.check(
            citizen, trust: try TrustStore(folder: signed.chamber.folder.appendingPathComponent("other/root.pem").path)
        ).outcome == .untrusted)
    #expect(try signed.check(citizen, origin: "another.mn/tamga").outcome == .invalid)
}

@Test func listsOfThatDayMayBeCarried() throws {
    let signed = try SignedFields(try Chamber(), try parse(try sampleJSON(.powerOfAttorney)))
    let citizen = try SignedFields.disclosure(signed.fields, shownTo: .citizen)
    // Years later, with no list of that day.
    for trust in ["stale", "nocrl"] {
        let bare = try signed.check(citizen, trust: try signed.chamber.trust(trust))
        #expect(bare.outcome == .valid)
        let named = signed.verified.revocation.map { hexadecimal($0.sha256) }
        #expect(bare.detail.en.contains("what the record names is not at hand") && bare.missing == named)
        let carried = try signed.check(
            citizen, trust: try signed.chamber.trust(trust), material: signed.verified.material)
        #expect(carried.outcome == .valid)
        #expect(carried.detail.en.contains("with the lists of that day, which are those that the record names"))
        #expect(carried.missing.isEmpty)
        // The same beside the evidence, by their digests; one that is not what it is called counts for nothing.
        func beside(_ content: @escaping @Sendable (Digest) -> [UInt8]?) throws -> IssuerSignature {
            try signed.check(
                citizen, trust: try signed.chamber.trust(trust), validation: ValidationFiles(content))
        }
        let data = signed.verified.revocation.map(\.der)
        #expect(try beside { digest in data.first { SHA256.hash($0) == digest } } == carried)
        #expect(try beside { _ in data.first.map { $0 + [0] } }.missing == named)
        // What a record says of other lists than those that told is not taken over.
        var fields = signed.fields
        fields["revocation"] = "crl " + String(repeating: "0", count: 64)
        let lying = try signed.check(
            try SignedFields.disclosure(fields, shownTo: .citizen), trust: try signed.chamber.trust(trust),
            material: signed.verified.material)
        #expect(lying.detail.en.contains("with the lists of that day, but with others than the record names"))
        // What is no certificate and no list counts for nothing.
        let rubbish = try signed.check(citizen, trust: try signed.chamber.trust(trust), material: [[1, 2], []])
        #expect(rubbish == bare)
    }
    // The intermediate is carried, too: the reader knows the root only.
    let root = try TrustStore(folder: signed.chamber.folder.appendingPathComponent("root.pem").path)
    #expect(try signed.check(citizen, trust: root).outcome == .untrusted)
    #expect(try signed.check(citizen, trust: root, material: signed.verified.material).outcome == .valid)
}

@Test func whateverAnOperatorAltersIsFound() throws {
    let signed = try SignedFields(try Chamber(), try parse(try wholeAct(ActKind.of(.contract))))
    let zeros = String(repeating: "0", count: 64)
    for (name, value) in [
        ("type", "will"), ("validuntil", "2028-01-16"), ("validuntil", nil), ("notary", "NT013"), ("parties", "[]"),
        ("parties", nil), ("details", nil), ("details", "{}"), ("note", "x"), ("note", nil), ("level", "cms"),
        ("property", "Ү-1"), ("reference", nil), ("name", "x"), ("size", "1"), ("attachments", nil), ("place", nil),
        ("reason", "x"), ("document", zeros), ("document", nil), ("sealed", nil), ("sealed", zeros),
        ("salt", zeros), ("signature", zeros), ("certificate", zeros), ("action", "amended"), ("action", "revoked"),
        ("action", "x"), ("signed", "document"), ("signed", "pdf"), ("signed", "x"),
    ] as [(String, String?)] {
        #expect(try signed.check(altered: [name: value]).outcome == .invalid, "\(name) = \(value ?? "nil")")
    }
}

@Test func signatureOverTheDocumentAloneIsReportedAsSuch() throws {
    let document = try sample("01-power-of-attorney.txt")
    let signed = try SignedFields(
        try Chamber(), try parse(try sampleJSON(.powerOfAttorney)), .document, document: document)
    for profile in DeedField.Profile.allCases {
        let found = try signed.check(try SignedFields.disclosure(signed.fields, shownTo: profile))
        #expect(found.outcome == .valid)
        #expect(found.coverage == .documentOnly)
        #expect(found.detail.en.contains("act data not signed"))
    }
    #expect(try signed.check(altered: ["signed": "statement"]).outcome == .invalid)
    #expect(try signed.check(altered: ["document": String(repeating: "0", count: 64)]).outcome == .invalid)
}

@Test func signaturesOfChangesAreJudgedLikewise() throws {
    let chamber = try Chamber()
    for draft in try everyChange() {
        let signed = try SignedFields(chamber, draft)
        for profile in DeedField.Profile.allCases {
            let shown = try SignedFields.disclosure(signed.fields, shownTo: profile)
            #expect(try signed.check(shown).outcome == .valid)
        }
        let other = draft.change == .revoked ? "opened" : "revoked"
        for (name, value) in [
            ("reason", "өөр"), ("reason", nil), ("by", draft.requester == .court ? "notary" : "court"), ("by", nil),
            ("before", String(repeating: "0", count: 64)), ("act", "NT012-2026-000018"), ("action", other),
            ("action", "registered"), ("principal", #"{"tin":"37900846788"}"#),
            ("basis", #"{"court":"x","date":"2026-11-01","number":"1"}"#),
        ] as [(String, String?)] {
            let found = try signed.check(altered: [name: value])
            #expect(found.outcome == .invalid, "\(draft.change) by \(draft.requester): \(name)")
        }
    }
}

@Test func otherAttachmentsAndKindsAreNotJudged() throws {
    let signed = try SignedFields(try Chamber(), try parse(try sampleJSON(.powerOfAttorney)))
    let shown = try SignedFields.disclosure(signed.fields)
    let checker = DeedSignatureChecker(trust: try signed.chamber.trust())
    for kind in [RecordAttachment.Kind.timestampToken, .validationMaterial] {
        let found = checker.check(
            RecordAttachment(kind: kind, bytes: signed.verified.cms), on: shown, origin: origin,
            recorded: UInt64(signed.now) * 1000)
        #expect(found.outcome == .undecided)
    }
    let other = checker.check(
        RecordAttachment(kind: .cmsSignature, bytes: try signed.chamber.sign([1])), on: shown, origin: origin,
        recorded: UInt64(signed.now) * 1000)
    #expect(other.outcome == .invalid)
}
