import Catalogue
import Foundation
import Signatures
import Testing

private let pki = TestPKI.shared
private let content = Array("tamga act statement v1\norigin: example\n".utf8)

private func secret(_ text: String) -> SignerSecret {
    var bytes = Array(text.utf8)
    return SignerSecret(emptying: &bytes)
}

private func expect(
    _ problem: Problem, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let failure = #expect(throws: Failure.self, sourceLocation: location) { try body() }
    #expect(failure?.problem.code == problem.code, "\(failure?.description ?? "")", sourceLocation: location)
}

private func signer(_ name: String) throws -> Signer {
    try Signer(keyFile: pki.path(name + ".key"), certificateFile: pki.path(name + ".pem"))
}

/// Checks a signature with our own verifier and with `openssl cms -verify -cades`.
private func check(_ cms: [UInt8], digest: String = "sha256") throws {
    let trust = try TrustStore(folder: pki.path("trust"))
    let found = try trust.verify(cms: cms, content: .bytes(content), at: now())
    #expect(found.level == .cadesB && found.digestAlgorithm == digest)
    let folder = try pki.newFolder()
    try Data(cms).write(to: URL(fileURLWithPath: folder + "/cms"))
    try Data(content).write(to: URL(fileURLWithPath: folder + "/content"))
    try Data(pki.bytes("root.pem") + pki.bytes("issuing.pem")).write(to: URL(fileURLWithPath: folder + "/cas"))
    try run(
        "/usr/bin/openssl",
        [
            "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", folder + "/cms", "-content",
            folder + "/content", "-CAfile", folder + "/cas", "-purpose", "any", "-out", "/dev/null",
        ])
}

/// Checks a bare signature with `openssl`.
private func check(
    raw signature: [UInt8], over message: [UInt8], publicKey: String, _ options: [String]
) throws {
    let folder = try pki.newFolder()
    try Data(signature).write(to: URL(fileURLWithPath: folder + "/signature"))
    try Data(message).write(to: URL(fileURLWithPath: folder + "/message"))
    try run(
        "/usr/bin/openssl",
        [
            "pkeyutl", "-verify", "-rawin", "-in", folder + "/message", "-sigfile", folder + "/signature", "-inkey",
            publicKey,
        ]
            + options)
}

@Suite struct FileSignerTests {
    @Test(arguments: ["notary-1", "notary-2"], SignerDigest.allCases)
    func fileSignatureIsCAdES(name: String, digest: SignerDigest) throws {
        let signer = try signer(name)
        try check(try signer.sign(content, digest: digest), digest: "sha\(digest.rawValue)")
        #expect(signer.certificate.subject.contains("Нотариатч"))
        #expect(signer.certificate.notAfter > now() && signer.certificate.notBefore <= now())
    }

    @Test func chainTravelsInTheSignature() throws {
        let folder = try pki.newFolder()
        // The signer's certificate last: it is found by its key.
        try Data(pki.bytes("issuing.pem") + pki.bytes("notary-2.pem")).write(
            to: URL(fileURLWithPath: folder + "/all.pem"))
        let long = try Signer(keyFile: pki.path("notary-2.key"), certificateFile: folder + "/all.pem").sign(content)
        #expect(long.count > (try signer("notary-2").sign(content)).count + 300)
        try check(long)
    }

    @Test func passphraseIsUsedAndNeverAskedFor() throws {
        let file = try pki.newFolder() + "/key"
        try run(
            "/usr/bin/openssl",
            ["pkcs8", "-topk8", "-in", pki.path("notary-1.key"), "-passout", "pass:нууц үг", "-out", file])
        let certificate = pki.path("notary-1.pem")
        try check(try Signer(keyFile: file, certificateFile: certificate, passphrase: secret("нууц үг")).sign(content))
        expect(.signingPassphraseNeeded) { _ = try Signer(keyFile: file, certificateFile: certificate) }
        expect(.signingPassphraseWrong) {
            _ = try Signer(keyFile: file, certificateFile: certificate, passphrase: secret("нууц"))
        }
        expect(.signingPassphraseWrong) {
            _ = try Signer(
                keyFile: file, certificateFile: certificate, passphrase: secret(String(repeating: "x", count: 5000)))
        }
    }

    @Test func unusableKeysAndCertificatesAreRefused() throws {
        expect(.signingCertificateExpired) { _ = try signer("expired") }
        expect(.signingCertificateNotYetValid) { _ = try signer("future") }
        expect(.signingKeyWeak) { _ = try signer("weak") }
        expect(.signingCertificateUsage) { _ = try signer("nosign") }
        expect(.signingCertificateUsage) { _ = try signer("issuing") }
        let (key, certificate) = (pki.path("notary-1.key"), pki.path("notary-1.pem"))
        expect(.signingCertificateMismatch) { _ = try Signer(keyFile: key, certificateFile: pki.path("notary-2.pem")) }
        expect(.signingKeyUnreadable) { _ = try Signer(keyFile: certificate, certificateFile: certificate) }
        expect(.signingCertificateUnreadable) { _ = try Signer(keyFile: key, certificateFile: key) }
        expect(.signingFileUnreadable) { _ = try Signer(keyFile: key + ".absent", certificateFile: certificate) }
        let folder = try pki.newFolder()
        try run("/usr/bin/openssl", ["genpkey", "-algorithm", "ed25519", "-out", folder + "/ed"])
        expect(.signingKeyUnsuitable) { _ = try Signer(keyFile: folder + "/ed", certificateFile: certificate) }
        try run("/bin/cp", [key, folder + "/open"])
        try run("/bin/chmod", ["644", folder + "/open"])
        expect(.signingKeyFileOpen) { _ = try Signer(keyFile: folder + "/open", certificateFile: certificate) }
        try Data(count: Signer.keyFileLimit + 1).write(to: URL(fileURLWithPath: folder + "/long"))
        expect(.signingFileUnreadable) { _ = try Signer(keyFile: folder + "/long", certificateFile: certificate) }
    }

    @Test(arguments: ["notary-1", "notary-2"]) func challengeIsSignedWithTheKeyAlone(name: String) throws {
        let message = Array("tamga login v1\nexample\n".utf8)
        let signature = try signer(name).signChallenge(message)
        let options = ["-certin", "-digest", "sha256"]
        try check(raw: signature, over: message, publicKey: pki.path(name + ".pem"), options)
        #expect(throws: CommandFailed.self) {
            try check(raw: signature, over: message + [10], publicKey: pki.path(name + ".pem"), options)
        }
        for first: UInt8 in [0x30, 0x31] {
            expect(.signingContentRefused) { _ = try signer(name).signChallenge([first] + message) }
        }
        expect(.signingContentRefused) { _ = try signer(name).signChallenge([]) }
    }

    @Test func secretIsTakenAndNeverShown() {
        var bytes = Array("1234".utf8)
        let secret = SignerSecret(emptying: &bytes)
        #expect(bytes.isEmpty && secret.count == 4 && !"\(secret)".contains("1234"))
    }
}

@Suite struct SignatureTimestampTests {
    /// A timestamp authority made with `openssl ts`, for tests only.
    private func answer(_ request: [UInt8]) throws -> [UInt8] {
        let folder = try pki.newFolder()
        let settings = """
            [tsa]
            default_tsa = authority
            [authority]
            serial = \(folder)/serial
            default_policy = 1.2.3.4
            digests = sha256, sha384, sha512
            signer_digest = sha256
            ess_cert_id_alg = sha256
            """
        func write(_ bytes: [UInt8], _ name: String) throws {
            try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        try write(Array(settings.utf8), "settings")
        try write(Array("01".utf8), "serial")
        try write(request, "request")
        try run(
            "/usr/bin/openssl",
            [
                "ts", "-reply", "-config", folder + "/settings", "-queryfile", folder + "/request", "-inkey",
                pki.path("tsa.key"), "-signer", pki.path("tsa.pem"), "-chain", pki.path("issuing.pem"), "-out",
                folder + "/response",
            ])
        return try Array(Data(contentsOf: URL(fileURLWithPath: folder + "/response")))
    }

    @Test func tokenIsPutOnTheSignature() throws {
        let cms = try signer("notary-2").sign(content)
        let request = try SignatureTimestampRequest(for: cms)
        let response = try answer(request.der)
        let stamped = try request.adding(response)
        #expect(stamped.count > cms.count + 500)
        let printed = Data(stamped)
        // signatureTimeStampToken, 1.2.840.113549.1.9.16.2.14.
        let oid = Data([0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e])
        #expect(printed.range(of: oid) != nil && Data(cms).range(of: oid) == nil)
        let trust = try TrustStore(folder: pki.path("trust"))
        let verified = try trust.verify(cms: stamped, content: .bytes(content), at: now())
        #expect(verified.subject.contains("Сараа") && verified.level == .cadesT)
    }

    @Test func otherAnswersAreRefused() throws {
        let cms = try signer("notary-2").sign(content)
        let request = try SignatureTimestampRequest(for: cms)
        let sameSignature = try SignatureTimestampRequest(for: cms)
        let otherSignature = try SignatureTimestampRequest(for: try signer("notary-1").sign(content))
        #expect(sameSignature.der != request.der)
        expect(.timestampForOther) { _ = try request.adding(try answer(sameSignature.der)) }
        expect(.timestampForOther) { _ = try request.adding(try answer(otherSignature.der)) }
        var response = try answer(request.der)
        response[response.count - 5] ^= 1
        expect(.timestampMalformed) { _ = try request.adding(response) }
        expect(.timestampMalformed) { _ = try request.adding([]) }
        expect(.timestampMalformed) { _ = try request.adding(Array("<html>".utf8)) }
        // Status 2, rejection, with a text.
        let refusal: [UInt8] = [0x30, 0x0b, 0x30, 0x09, 0x02, 0x01, 0x02, 0x30, 0x04, 0x0c, 0x02, 0x6e, 0x6f]
        let failure = #expect(throws: Failure.self) { try request.adding(refusal) }
        #expect(failure?.problem == .timestampRefused && failure?.details["detail"] == "status 2: no")
        expect(.timestampSignatureUnusable) { _ = try SignatureTimestampRequest(for: Array(cms.dropLast())) }
        expect(.timestampSignatureUnusable) { _ = try SignatureTimestampRequest(for: []) }
    }
}
