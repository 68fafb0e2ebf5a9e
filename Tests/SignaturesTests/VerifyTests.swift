import Catalogue
import Foundation
import Testing

@testable import Signatures

private let pki = TestPKI.shared
private let content = Array("tamga act statement v1\norigin: example\n".utf8)

private func trust(_ folder: String = "trust") throws -> TrustStore { try TrustStore(folder: pki.path(folder)) }

@discardableResult
private func check(
    _ cms: [UInt8], _ signed: SignedContent = .bytes(content), trust folder: String = "trust", at: Int64 = now(),
    requireCRL: Bool = true, window: SigningTimeWindow = .registration
) throws -> VerifiedSignature {
    try trust(folder).verify(cms: cms, content: signed, at: at, requireCRL: requireCRL, window: window)
}

/// Expects a refusal for exactly this reason.
private func expect(
    _ code: SignatureFailure.Code, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let failure = #expect(throws: SignatureFailure.self, sourceLocation: location) { try body() }
    #expect(failure?.code == code, sourceLocation: location)
}

@Test(arguments: [("notary-1", "Нотариатч Бат"), ("notary-2", "Нотариатч Сараа")])
func cadesSignatureIsAccepted(signer: String, name: String) throws {
    let before = now()
    let found = try check(try pki.sign(content, by: [signer]))
    #expect(found.level == .cadesB)
    #expect(found.subject.contains(name))
    #expect(found.digestAlgorithm == "sha256")
    let signed = try #require(found.signingTime)
    #expect(signed >= before - 1 && signed <= now() + 1)
    #expect(found.signerFingerprint.count == 32)
    #expect(!found.serial.isEmpty && found.serial == found.serial.lowercased())
    // The certificate is the file's, byte for byte.
    let base64 = String(decoding: pki.bytes(signer + ".pem"), as: UTF8.self).split(separator: "\n")
        .filter { !$0.hasPrefix("-----") }.joined()
    #expect(Data(base64Encoded: base64) == Data(found.signerCertificate))
}

@Test func plainCMSIsReportedAsSuch() throws {
    #expect(try check(try pki.sign(content, [])).level == .cms)
}

@Test func pemIsReadLikeDER() throws {
    #expect(try check(try pki.sign(content, form: "PEM", ["-cades"])).level == .cadesB)
}

@Test(arguments: ["sha256", "sha384", "sha512"]) func longerDigestsAreAccepted(digest: String) throws {
    #expect(try check(try pki.sign(content, ["-md", digest])).digestAlgorithm == digest)
}

@Test func pssSignatureIsAccepted() throws {
    try check(try pki.sign(content, ["-keyopt", "rsa_padding_mode:pss"]))
}

@Test func sha1IsRefused() throws {
    let cms = try pki.sign(content, ["-md", "sha1"])
    expect(.weakDigest) { try check(cms) }
}

@Test func digestStandsForTheContent() throws {
    let document = pki.bytes("notary-1.pem")
    let cms = try pki.sign(document)
    let place = pki.path("scratch-\(UUID().uuidString)")
    try Data(document).write(to: URL(fileURLWithPath: place))
    try run("/usr/bin/openssl", ["dgst", "-sha256", "-binary", "-out", place + ".sha256", place])
    let digest = try Array(Data(contentsOf: URL(fileURLWithPath: place + ".sha256")))
    #expect(try check(cms, .digest(digest)).level == .cadesB)
    var other = digest
    other[31] ^= 1
    expect(.wrongContent) { try check(cms, .digest(other)) }
    expect(.wrongContent) { try check(cms, .digest(Array(digest.prefix(31)))) }
    let longer = try pki.sign(document, ["-md", "sha512"])
    expect(.weakDigest) { try check(longer, .digest(digest)) }
}

@Test func anyOfSeveralDigestsStandsForTheContent() throws {
    let place = try pki.newFolder() + "/content"
    try Data(content).write(to: URL(fileURLWithPath: place))
    let digests = try ["sha256", "sha384", "sha512"].map { algorithm in
        try run("/usr/bin/openssl", ["dgst", "-\(algorithm)", "-binary", "-out", place + algorithm, place])
        return try Array(Data(contentsOf: URL(fileURLWithPath: place + algorithm)))
    }
    for (position, algorithm) in ["sha256", "sha384", "sha512"].enumerated() {
        let cms = try pki.sign(content, ["-md", algorithm])
        try check(cms, .digests(digests))
        try check(cms, .digest(digests[position]))
        expect(.weakDigest) { try check(cms, .digest(digests[(position + 1) % 3])) }
    }
    let cms = try pki.sign(content)
    expect(.wrongContent) { try check(cms, .digests([])) }
    expect(.wrongContent) { try check(cms, .digests(digests + [[1]])) }
}

@Test func contentMayComeInParts() throws {
    let cms = try pki.sign(content)
    try check(cms, .parts([Array(content[..<7]), [], Array(content[7...])]))
    expect(.wrongContent) { try check(cms, .parts([Array(content[7...]), Array(content[..<7])])) }
    expect(.wrongContent) { try check(cms, .parts([])) }
    try check(try pki.sign([]), .parts([]))
}

@Test func alteredContentIsRefused() throws {
    let cms = try pki.sign(content)
    expect(.wrongContent) { try check(cms, .bytes(content + [0x0a])) }
    expect(.wrongContent) { try check(cms, .bytes([])) }
}

@Test func emptyContentCanBeSigned() throws {
    try check(try pki.sign([]), .bytes([]))
}

@Test func alteredSignatureIsRefused() throws {
    var cms = try pki.sign(content)
    cms[cms.count - 20] ^= 1
    expect(.badSignature) { try check(cms) }
}

@Test func eachStateOfACertificateHasItsReason() throws {
    let expected: [(String, SignatureFailure.Code)] = [
        ("expired", .expired), ("future", .notYetValid), ("revoked", .revoked), ("weak", .weakKey),
        ("nosign", .wrongKeyUsage), ("wrong-eku", .wrongKeyUsage), ("tsa", .wrongKeyUsage), ("issuing", .wrongKeyUsage),
        ("other/notary", .intermediateMissing),
    ]
    for (signer, code) in expected {
        let cms = try pki.sign(content, by: [signer])
        expect(code) { try check(cms) }
    }
}

@Test(arguments: [
    ("clientAuth, emailProtection", true), ("1.3.6.1.5.5.7.3.36", true), ("1.3.6.1.4.1.311.10.3.12, serverAuth", true),
    ("1.2.840.113583.1.1.5", true), ("anyExtendedKeyUsage", true), ("clientAuth, codeSigning", false),
    ("OCSPSigning", false),
])
func purposeOfTheCertificateMustFit(purposes: String, fits: Bool) throws {
    let name = try pki.issue("TEST purposes", ["keyUsage = digitalSignature", "extendedKeyUsage = \(purposes)"])
    let cms = try pki.sign(content, by: [name])
    if fits { try check(cms) } else { expect(.wrongKeyUsage) { try check(cms) } }
}

@Test func chainSignedWithSHA1IsRefused() throws {
    let extensions = ["keyUsage = digitalSignature"]
    let leaf = try pki.issue("TEST notary under SHA-1", digest: "sha1", extensions)
    let signed = try pki.sign(content, by: [leaf])
    expect(.weakDigest) { try check(signed) }
    let ca = try pki.issue(
        "TEST CA under SHA-1", by: "root", digest: "sha1",
        [
            "basicConstraints = critical, CA:TRUE", "keyUsage = critical, keyCertSign, cRLSign",
            "subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid:always",
        ])
    let under = try pki.issue("TEST notary", by: ca, extensions + ["authorityKeyIdentifier = keyid:always"])
    let cms = try pki.sign(content, by: [under], ["-cades", "-certfile", pki.path(ca + ".pem")])
    expect(.weakDigest) { try check(cms) }
}

@Test func failureNamesTheCertificateInBothLanguages() throws {
    let cms = try pki.sign(content, by: ["revoked"])
    let failure = #expect(throws: SignatureFailure.self) { try check(cms) }
    #expect(failure?.failure.message(.en).contains("TEST revoked notary") == true)
    #expect(failure?.failure.message(.mn).contains("TEST revoked notary") == true)
}

@Test func certificateEndsWithItsTime() throws {
    let cms = try pki.sign(content)
    expect(.expired) { try check(cms, at: now() + 11 * 366 * 86_400, requireCRL: false) }
    expect(.notYetValid) { try check(cms, at: now() - 86_400, requireCRL: false) }
    expect(.notYetValid) { try check(cms, at: 0, requireCRL: false) }
    for impossible in [Int64.min, .max] {
        #expect(throws: SignatureFailure.self) { try check(cms, at: impossible, requireCRL: false) }
    }
}

@Test func rootOfAnotherIsUnknown() throws {
    let cms = try pki.sign(content, by: ["other/notary"], ["-cades", "-certfile", pki.path("other/issuing.pem")])
    expect(.untrustedRoot) { try check(cms) }
    let chain = pki.path("chain-\(UUID().uuidString)")
    try Data(pki.bytes("other/issuing.pem") + pki.bytes("other/root.pem")).write(to: URL(fileURLWithPath: chain))
    let withRoot = try pki.sign(content, by: ["other/notary"], ["-certfile", chain])
    expect(.untrustedRoot) { try check(withRoot) }
}

@Test func missingIntermediateMayTravelInTheSignature() throws {
    let store = try TrustStore(
        certificates: [pki.bytes("root.pem")],
        crls: [pki.bytes("trust/crls/root.pem"), pki.bytes("trust/crls/issuing.pem")])
    let alone = try pki.sign(content)
    expect(.intermediateMissing) { _ = try store.verify(cms: alone, content: .bytes(content), at: now()) }
    let carried = try pki.sign(content, ["-cades", "-certfile", pki.path("issuing.pem")])
    #expect(try store.verify(cms: carried, content: .bytes(content), at: now()).level == .cadesB)
}

@Test func revocationListsAreRequiredAtRegistration() throws {
    let cms = try pki.sign(content)
    expect(.crlMissing) { try check(cms, trust: "nocrl") }
    expect(.crlOutOfDate) { try check(cms, trust: "stale") }
    try check(cms, trust: "nocrl", requireCRL: false)
    try check(cms, trust: "stale", requireCRL: false)
}

@Test func listAtHandRefusesTheRevokedEvenWhenNotRequired() throws {
    let cms = try pki.sign(content, by: ["revoked"])
    expect(.revoked) {
        try check(cms, at: now() + 400 * 86_400, requireCRL: false, window: .init(before: 500 * 86_400))
    }
    try check(cms, trust: "nocrl", requireCRL: false)
}

@Test func exactlyOneSignerIsAllowed() throws {
    let two = try pki.sign(content, by: ["notary-1", "notary-2"])
    expect(.severalSigners) { try check(two) }
    let place = pki.path("none-\(UUID().uuidString)")
    try run(
        "/usr/bin/openssl",
        ["crl2pkcs7", "-nocrl", "-certfile", pki.path("notary-1.pem"), "-outform", "DER", "-out", place])
    let none = try Array(Data(contentsOf: URL(fileURLWithPath: place)))
    expect(.noSigner) { try check(none) }
}

@Test func formsThatAreNotDetachedSignaturesAreRefused() throws {
    let embedded = try pki.sign(content, ["-nodetach"])
    expect(.embeddedContent) { try check(embedded) }
    let withoutCertificate = try pki.sign(content, ["-nocerts"])
    expect(.noCertificate) { try check(withoutCertificate) }
    let withoutAttributes = try pki.sign(content, ["-noattr"])
    expect(.noSignedAttributes) { try check(withoutAttributes) }
    let otherType = try pki.sign(content, ["-econtent_type", "1.2.840.113549.1.9.16.1.4"])
    expect(.malformed) { try check(otherType) }
}

@Test func signingTimeMustFit() throws {
    let cms = try pki.sign(content)
    expect(.signingTimeImplausible) { try check(cms, at: now() + 25 * 3600) }
    expect(.signingTimeImplausible) { try check(cms, window: .init(before: 24 * 3600, after: -3600)) }
    try check(cms, at: now() + 23 * 3600)
}

@Test func oversizeSignatureIsRefused() {
    expect(.tooLarge) { try check([UInt8](repeating: 0x30, count: TrustStore.signatureLimit + 1)) }
}
