import Testing

@testable import Signatures

private let pki = TestPKI.shared
private let content = Array("ocsp".utf8)

/// The root, the issuing CA and the root's CRL: of the notaries only OCSP can tell.
private let store = try! TrustStore(
    certificates: [pki.bytes("root.pem"), pki.bytes("issuing.pem")], crls: [pki.bytes("trust/crls/root.pem")])

private func request(_ name: String) throws -> [UInt8] {
    try TrustStore.ocspRequest(certificate: try pki.der(name + ".pem"), issuer: try pki.der("issuing.pem"))
}

private func check(
    _ cms: [UInt8], _ material: [[UInt8]], at: Int64 = now(), mode: RevocationMode = .required,
    store: TrustStore = store
) throws -> VerifiedSignature {
    try store.verify(
        cms: cms, content: .bytes(content), at: at, mode: mode, material: material, window: .init(before: 10 * 86_400))
}

private func refused(
    _ code: SignatureFailure.Code, _ cms: [UInt8], _ material: [[UInt8]], at: Int64 = now(),
    mode: RevocationMode = .required, store: TrustStore = store, _ location: SourceLocation = #_sourceLocation
) {
    let failure = #expect(throws: SignatureFailure.self, sourceLocation: location) {
        try check(cms, material, at: at, mode: mode, store: store)
    }
    #expect(failure?.code == code, "\(failure?.description ?? "")", sourceLocation: location)
}

@Test(arguments: ["ocsp-responder", "issuing"]) func goodAnswerStandsForAList(signer: String) throws {
    let cms = try pki.sign(content)
    refused(.crlMissing, cms, [])
    let answer = try pki.ocsp(try request("notary-1"), valid: ["notary-1"], signer: signer)
    let found = try check(cms, [answer])
    #expect(found.revocationChecked)
    #expect(found.revocation.map(\.kind) == [.ocsp, .crl])
    #expect(found.revocation[0].der == answer)
    #expect(found.revocation[0].nextUpdate == found.revocation[0].thisUpdate + 3600)
    // Offline, from what was captured.
    let roots = try TrustStore(certificates: [pki.bytes("root.pem")])
    #expect(try check(cms, found.material, at: found.trustedTime, store: roots) == found)
}

@Test func answerMayNameTheCertificateBySHA256() throws {
    let place = try pki.newFolder() + "/request"
    try run(
        "/usr/bin/openssl",
        [
            "ocsp", "-no_nonce", "-sha256", "-issuer", pki.path("issuing.pem"), "-cert", pki.path("notary-1.pem"),
            "-reqout", place,
        ])
    let request = pki.bytes(String(place.dropFirst(pki.folder.count + 1)))
    let cms = try pki.sign(content)
    #expect(try check(cms, [try pki.ocsp(request, valid: ["notary-1"])]).revocationChecked)
}

@Test func answerOfOneDayIsRequiredWithoutAnEnd() throws {
    let cms = try pki.sign(content)
    let answer = try pki.ocsp(try request("notary-1"), valid: ["notary-1"], [])
    let found = try check(cms, [answer])
    #expect(found.revocation[0].nextUpdate == nil)
    #expect(try check(cms, [answer], at: found.revocation[0].thisUpdate + 86_400).revocationChecked)
    refused(.ocspOutOfDate, cms, [answer], at: found.revocation[0].thisUpdate + 86_401)
    #expect(try check(cms, [answer], at: now() + 2 * 86_400, mode: .atHand).revocationChecked == false)
}

@Test func answerOutOfItsTimeIsNoEvidence() throws {
    let cms = try pki.sign(content)
    let answer = try pki.ocsp(try request("notary-1"), valid: ["notary-1"])
    let from = try check(cms, [answer]).revocation[0].thisUpdate
    #expect(try check(cms, [answer], at: from + 3600).revocationChecked)
    refused(.ocspOutOfDate, cms, [answer], at: from + 3601)
}

@Test func revokedAnswerRefusesAndWinsOverAList() throws {
    let cms = try pki.sign(content, by: ["leaving"])
    let request = try request("leaving")
    let since = now() - 100
    let answer = try pki.ocsp(request, revoked: [.init(name: "leaving", since: since, reason: "keyCompromise")])
    let listed = try TrustStore(folder: pki.path("trust"))
    refused(.revoked, cms, [answer])
    refused(.revoked, cms, [answer], store: listed)
    refused(.revoked, cms, [answer], mode: .atHand)
    // The other way about.
    let good = try pki.ocsp(request, valid: ["leaving"])
    refused(.revoked, cms, [good, try pki.crl(revoking: [.init(name: "leaving", since: since)])])
    // Years old, it still says revoked.
    refused(.revoked, cms, [answer], at: now() + 9 * 86_400, mode: .atHand)
    // Revoked later than the trusted time.
    let coming = try pki.ocsp(request, revoked: [.init(name: "leaving", since: now() + 500)])
    #expect(try check(cms, [coming]).revocationChecked)
    refused(.revoked, cms, [coming], at: now() + 600)
}

@Test func unknownIsRefusedByName() throws {
    let cms = try pki.sign(content)
    let answer = try pki.ocsp(try request("notary-1"))
    refused(.ocspUnknown, cms, [answer])
    refused(.ocspUnknown, cms, [answer, try pki.crl()])
}

@Test func answerAboutAnotherIsNoEvidence() throws {
    let cms = try pki.sign(content)
    refused(.crlMissing, cms, [try pki.ocsp(try request("notary-2"), valid: ["notary-2"])])
}

@Test func answerOfNoResponderOfTheCAIsNoEvidence() throws {
    let cms = try pki.sign(content)
    let request = try request("notary-1")
    for signer in ["notary-2", "root", "other/issuing", "wrong-eku"] {
        refused(.ocspUnusable, cms, [try pki.ocsp(request, valid: ["notary-1"], signer: signer)])
    }
    // One under another CA, with the right purpose.
    let purpose = ["keyUsage = digitalSignature", "extendedKeyUsage = OCSPSigning"]
    let stranger = try pki.issue("TEST strange responder", by: "root", purpose)
    refused(.ocspUnusable, cms, [try pki.ocsp(request, valid: ["notary-1"], signer: stranger)])
    // One that the CA revoked; the list that says so is no evidence about the notary.
    let revoked = try pki.issue("TEST revoked responder", purpose)
    let answer = try pki.ocsp(request, valid: ["notary-1"], signer: revoked)
    #expect(try check(cms, [answer]).revocationChecked)
    let list = try pki.crl(revoking: [.init(name: revoked, since: now() - 1000)], from: now() - 500, until: now() - 400)
    refused(.crlOutOfDate, cms, [answer, list])
    // Revoked in good order afterwards, what it answered before still counts; with a stolen key it does not.
    let soon = now() + 600
    func later(_ reason: String) throws -> [UInt8] {
        try pki.crl(
            revoking: [.init(name: revoked, since: soon, reason: reason)], from: now() - 500, until: now() - 400)
    }
    #expect(try check(cms, [answer, later("superseded")], at: soon).revocationChecked)
    #expect(try check(cms, [answer, later("keyCompromise")], at: soon - 1).revocationChecked)
    refused(.crlOutOfDate, cms, [answer, try later("keyCompromise")], at: soon)
}

@Test func alteredAnswerIsNoEvidence() throws {
    let cms = try pki.sign(content)
    let answer = try pki.ocsp(try request("notary-1"), valid: ["notary-1"])
    var accepted = 0
    for position in stride(from: 0, to: answer.count, by: 7) {
        var changed = answer
        changed[position] ^= 0x40
        // What no signature covers may change (the responder's own key id hint, say), the finding may not.
        if let found = try? check(cms, [changed]) {
            accepted += 1
            #expect(found.revocation[0].kind == .ocsp)
        }
    }
    #expect(accepted < answer.count / 70)
}

@Test func answerSignedWeaklyIsNoEvidence() throws {
    let cms = try pki.sign(content)
    let answer = try pki.ocsp(try request("notary-1"), valid: ["notary-1"], ["-nmin", "60", "-rmd", "sha1"])
    refused(.revocationWeak, cms, [answer])
}

@Test func needsAreListedAndCanBeAskedFor() throws {
    let cms = try pki.sign(content)
    let needs = try store.revocationNeeds(cms: cms, at: now())
    let need = try #require(needs.first)
    #expect(needs.count == 1 && need.position == 0)
    #expect(need.subject.contains("Нотариатч Бат") && need.issuerSubject.contains("TEST Issuing CA"))
    #expect(need.certificate == (try pki.der("notary-1.pem")))
    #expect(need.issuer == (try pki.der("issuing.pem")))
    #expect(need.issuerFingerprint == RevocationObject.read(need.issuer)?.sha256)
    let answer = try pki.ocsp(try need.ocspRequest(), valid: ["notary-1"])
    #expect(try store.revocationNeeds(cms: cms, at: now(), material: [answer]).isEmpty)
    #expect(store.inspect(answer)?.kind == .ocsp(status: 0))
    #expect(try check(cms, [answer]).revocationChecked)

    let bare = try TrustStore(certificates: [pki.bytes("root.pem"), pki.bytes("issuing.pem")])
    #expect(try bare.revocationNeeds(cms: cms, at: now()).map(\.position) == [0, 1])
    #expect(throws: SignatureFailure(.badSignature)) {
        var broken = cms
        broken[broken.count - 20] ^= 1
        _ = try store.revocationNeeds(cms: broken, at: now())
    }
    #expect(throws: SignatureFailure(.ocspRequestImpossible)) {
        try TrustStore.ocspRequest(certificate: need.certificate, issuer: pki.der("root.pem"))
    }
}

@Test func fetchedListTellsWhetherItServes() throws {
    let list = try pki.crl(from: now() - 60, until: now() + 60)
    let found = try #require(store.inspect(list))
    #expect(found.kind == .crl && found.signedByTrust && found.name.contains("TEST Issuing CA"))
    #expect(found.until.map { $0 - found.from } == 120)
    #expect(store.inspect(try pki.crl(of: "other/issuing"))?.signedByTrust == false)
    #expect(store.inspect(try pki.crl(digest: "sha1"))?.signedByTrust == false)
    #expect(store.inspect(try pki.crl(extensions: ["2.5.29.27 = critical, DER:020101"]))?.signedByTrust == false)
    #expect(store.inspect(pki.bytes("root.key")) == nil && store.inspect([]) == nil && store.inspect([0x30]) == nil)
}
