import Catalogue
import Foundation
import Testing

@testable import Signatures

private let pki = TestPKI.shared
private let content = Array("revocation".utf8)

/// A store of the root and the issuing CA with the root's CRL and these.
private func trusting(_ crls: [UInt8]...) throws -> TrustStore {
    try TrustStore(
        certificates: [pki.bytes("root.pem"), pki.bytes("issuing.pem")],
        crls: [pki.bytes("trust/crls/root.pem")] + crls)
}

private func refused(
    _ code: SignatureFailure.Code, by store: TrustStore, _ cms: [UInt8], at: Int64 = now(),
    mode: RevocationMode = .required, material: [[UInt8]] = [],
    _ location: SourceLocation = #_sourceLocation
) {
    let failure = #expect(throws: SignatureFailure.self, sourceLocation: location) {
        try store.verify(
            cms: cms, content: .bytes(content), at: at, mode: mode, material: material,
            window: .init(before: 400 * 86_400))
    }
    #expect(failure?.code == code, "\(failure?.description ?? "")", sourceLocation: location)
}

@discardableResult
private func accepted(
    by store: TrustStore, _ cms: [UInt8], at: Int64 = now(), mode: RevocationMode = .required,
    material: [[UInt8]] = []
) throws -> VerifiedSignature {
    try store.verify(
        cms: cms, content: .bytes(content), at: at, mode: mode, material: material,
        window: .init(before: 400 * 86_400))
}

@Test func revocationCountsFromItsDateOn() throws {
    let cms = try pki.sign(content, by: ["leaving"])
    let since = now() + 1000
    let list = try pki.crl(revoking: [.init(name: "leaving", since: since, reason: "keyCompromise")])
    let store = try trusting(list)
    for mode in [RevocationMode.required, .atHand] {
        try accepted(by: store, cms, at: since - 1, mode: mode)
        refused(.revoked, by: store, cms, at: since, mode: mode)
        refused(.revoked, by: store, cms, at: since + 1, mode: mode)
        // What was found before does not hide behind what is found now.
        try accepted(by: store, cms, at: since - 1, mode: mode)
    }
}

@Test(arguments: ["certificateHold", "superseded", nil]) func everyReasonRevokes(reason: String?) throws {
    let cms = try pki.sign(content, by: ["leaving"])
    let list = try pki.crl(revoking: [.init(name: "leaving", since: now() - 10, reason: reason)])
    refused(.revoked, by: try trusting(list), cms)
}

@Test func listOfAnyAgeRefusesTheRevoked() throws {
    let cms = try pki.sign(content, by: ["leaving"])
    let old = try pki.crl(
        revoking: [.init(name: "leaving", since: now() - 86_400)], from: now() - 86_400, until: now() - 3600)
    refused(.revoked, by: try trusting(old, try pki.crl()), cms)
    let coming = try pki.crl(
        revoking: [.init(name: "leaving", since: now() - 10)], from: now() + 86_400, until: now() + 2 * 86_400)
    refused(.revoked, by: try trusting(coming, try pki.crl()), cms, mode: .atHand)
}

@Test func listMustBeCurrentAtTheTimeOfChecking() throws {
    let cms = try pki.sign(content)
    let list = try pki.crl(from: now() - 1000, until: now() + 1000)
    let store = try trusting(list)
    try accepted(by: store, cms)
    refused(.crlOutOfDate, by: store, cms, at: now() + 1100)
    // Made ahead; five minutes of that are a matter of clocks.
    let from = now() + 1000
    let coming = try trusting(try pki.crl(from: from, until: from + 1000))
    refused(.crlOutOfDate, by: coming, cms, at: from - 301)
    try accepted(by: coming, cms, at: from - 300)
    refused(.crlOutOfDate, by: coming, cms, at: from - 301)
    try accepted(by: store, cms)
    #expect(try accepted(by: store, cms, at: now() + 1100, mode: .atHand).revocationChecked == false)
    #expect(try accepted(by: store, cms, mode: .atHand).revocationChecked)
}

@Test(arguments: [
    ("2.5.29.27 = critical, DER:020101", "delta"), ("1.2.3.4 = critical, DER:0500", "not understood"),
    ("issuingDistributionPoint = critical, @idp\n[idp]\nonlyuser = TRUE", "limited"),
    ("issuingDistributionPoint = critical, @idp\n[idp]\nonlyCA = TRUE", "limited"),
    ("issuingDistributionPoint = critical, @idp\n[idp]\nindirectCRL = TRUE", "indirect"),
    ("issuingDistributionPoint = critical, @idp\n[idp]\nonlysomereasons = keyCompromise", "limited"),
    ("issuingDistributionPoint = critical, @idp\n[idp]\nfullname = URI:http://crl.example/2", "leaves"),
])
func listThatTellsOnlyAPartIsNoEvidence(line: String, words: String) throws {
    let cms = try pki.sign(content, by: ["leaving"])
    let store = try trusting(try pki.crl(extensions: [line]))
    refused(.crlUnusable, by: store, cms)
    let failure = #expect(throws: SignatureFailure.self) {
        try store.verify(cms: cms, content: .bytes(content), at: now())
    }
    #expect(failure?.failure.message(.en).contains(words) == true)
    #expect(try accepted(by: store, cms, mode: .atHand).revocationChecked == false)
    // What it says of a revocation counts all the same.
    let listing = try pki.crl(revoking: [.init(name: "leaving", since: now() - 5)], extensions: [line])
    refused(.revoked, by: try trusting(listing), cms, mode: .atHand)
}

@Test func listOfOnePointCoversTheCertificatesThatNameIt() throws {
    let point = "URI:http://crl.example/7"
    let signer = try pki.issue(
        "TEST sharded notary", ["keyUsage = digitalSignature", "crlDistributionPoints = \(point)"])
    let cms = try pki.sign(content, by: [signer])
    let line = "issuingDistributionPoint = critical, @idp\n[idp]\nfullname = \(point)"
    try accepted(by: try trusting(try pki.crl(extensions: [line])), cms)
}

@Test func listSignedWeaklyIsNoEvidence() throws {
    let cms = try pki.sign(content)
    refused(.revocationWeak, by: try trusting(try pki.crl(digest: "sha1")), cms)
}

@Test func listOfAnotherKeyIsNoEvidence() throws {
    let cms = try pki.sign(content)
    var list = try pki.crl()
    list[list.count - 1] ^= 1
    refused(.crlUnusable, by: try trusting(list), cms)
    // The same name, another CA.
    let other = try pki.crl(of: "other/issuing")
    refused(.crlMissing, by: try trusting(other), cms)
}

@Test func authorityThatMayNotSignListsGivesNone() throws {
    let ca = try pki.issue(
        "TEST CA without CRLs", by: "root",
        [
            "basicConstraints = critical, CA:TRUE", "keyUsage = critical, keyCertSign",
            "subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid:always",
        ])
    let signer = try pki.issue(
        "TEST notary", by: ca, ["keyUsage = digitalSignature", "authorityKeyIdentifier = keyid:always"])
    let cms = try pki.sign(content, by: [signer], ["-cades", "-certfile", pki.path(ca + ".pem")])
    refused(.crlUnusable, by: try trusting(try pki.crl(of: ca)), cms)
    try accepted(by: try trusting(), cms, mode: .atHand)
}

@Test func foundChainIsNotTakenForAnotherQuestion() throws {
    let cms = try pki.sign(content)
    let bare = try TrustStore(certificates: [pki.bytes("root.pem"), pki.bytes("issuing.pem")])
    #expect(try accepted(by: bare, cms, mode: .atHand).revocationChecked == false)
    refused(.crlMissing, by: bare, cms)
    let lists = [try pki.der("trust/crls/root.pem"), try pki.crl()]
    let found = try accepted(by: bare, cms, material: lists)
    #expect(found.revocationChecked && found.revocation.map(\.certificate) == [0, 1])
    #expect(Set(found.revocation.map(\.der)) == Set(lists))
    refused(.crlMissing, by: bare, cms)
    refused(.crlMissing, by: bare, cms, material: [lists[0]])
    let revoking = try pki.crl(revoking: [.init(name: "notary-1", since: now() - 100)])
    refused(.revoked, by: bare, cms, material: lists + [revoking])
    try accepted(by: bare, cms, material: lists)
}

@Test func everythingCapturedServesYearsLaterOffline() throws {
    let at = now()
    let cms = try pki.sign(content)
    let stamped = SignatureForm(cms).stamped(try pki.token(over: SignatureForm(cms).value))
    let folder = try TrustStore(folder: pki.path("trust"))
    let roots = try TrustStore(certificates: [pki.bytes("root.pem")])
    for signature in [cms, stamped] {
        let found = try accepted(by: folder, signature, at: at)
        #expect(found.chain == [try pki.der("notary-1.pem"), try pki.der("issuing.pem"), try pki.der("root.pem")])
        let hashes = found.revocation.map { RevocationObject.read($0.der)?.sha256 }
        #expect(hashes == found.revocation.map(\.sha256))
        #expect(found.revocation.allSatisfy { $0.thisUpdate <= at && ($0.nextUpdate ?? 0) >= at && $0.kind == .crl })
        refused(.intermediateMissing, by: roots, signature, at: at)
        var later = try accepted(by: roots, signature, at: at, material: found.material)
        #expect(later == found)
        later = try accepted(by: roots, signature, at: at, mode: .atHand, material: found.material)
        #expect(later.revocationChecked && later.level == found.level)
        refused(.crlOutOfDate, by: roots, signature, at: at + 366 * 86_400, material: found.material)
        // Material is no authority: that of another root is worth nothing.
        let other = [try pki.der("other/issuing.pem"), try pki.der("other/root.pem"), [1, 2, 3], []]
        refused(.intermediateMissing, by: roots, signature, at: at, mode: .atHand, material: other)
    }
}

@Test func rootInTheMaterialIsNotTrusted() throws {
    let cms = try pki.sign(content, by: ["other/notary"])
    let material = [try pki.der("other/issuing.pem"), try pki.der("other/root.pem")]
    refused(.untrustedRoot, by: try trusting(), cms, mode: .atHand, material: material)
}

@Test func tooMuchMaterialIsRefused() throws {
    let cms = try pki.sign(content)
    let many = [[UInt8]](repeating: [0x30], count: TrustStore.materialLimit + 1)
    refused(.materialTooLarge, by: try trusting(), cms, material: many)
}

@Test func shortLivedCertificateNeedsListsOfItsTime() throws {
    let signer = try pki.issue("TEST short notary", days: 1, ["keyUsage = digitalSignature"])
    let cms = try pki.sign(content, by: [signer])
    let stamped = SignatureForm(cms).stamped(try pki.token(over: SignatureForm(cms).value))
    let later = now() + 2 * 86_400
    let ofItsTime = try trusting(try pki.crl(until: later + 1000))
    refused(.expired, by: ofItsTime, cms, at: later)
    #expect(try accepted(by: ofItsTime, stamped, at: later).trustedTime < later)
    let ofLater = try pki.crl(from: later - 1000, until: later + 1000)
    refused(.revocationTooLate, by: try trusting(ofLater), stamped, at: later)
    let ofAll = try pki.crl(
        from: later - 1000, until: later + 1000, extensions: ["2.5.29.60 = DER:180F32303230303130313030303030305A"])
    try accepted(by: try trusting(ofAll), stamped, at: later)
}
