import Catalogue
import Foundation
import Signatures
import Testing

/// A SoftHSM token made once for the run: test keys, PIN 1234. Needs the packages softhsm2 and opensc.
private struct TestToken: Sendable {
    static let shared = TestToken()
    static let module = "/usr/lib/softhsm/libsofthsm2.so"

    init() {
        let pki = TestPKI.shared
        let folder = try! pki.newFolder()
        try! FileManager.default.createDirectory(atPath: folder + "/tokens", withIntermediateDirectories: true)
        let settings = "directories.tokendir = \(folder)/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        try! Data(settings.utf8).write(to: URL(fileURLWithPath: folder + "/softhsm2.conf"))
        // Read by the module when it starts, and by the programs below.
        setenv("SOFTHSM2_CONF", folder + "/softhsm2.conf", 1)
        func make(_ label: String) {
            try! run(
                "/usr/bin/softhsm2-util",
                ["--init-token", "--free", "--label", label, "--pin", "1234", "--so-pin", "567890"])
        }
        ["notary", "twin", "twin"].forEach(make)
        for (name, id) in [("notary-1", "01"), ("notary-2", "02")] {
            try! run(
                "/usr/bin/softhsm2-util",
                [
                    "--import", pki.path(name + ".key"), "--token", "notary", "--label", name, "--id", id, "--pin",
                    "1234",
                ])
        }
        // A certificate of another key under the same id: the right one is found by the key.
        for name in ["notary-2", "notary-1"] {
            try! run(
                "/usr/bin/openssl",
                ["x509", "-in", pki.path(name + ".pem"), "-outform", "DER", "-out", folder + "/der"])
            try! run(
                "/usr/bin/pkcs11-tool",
                [
                    "--module", Self.module, "--token-label", "notary", "--login", "--pin", "1234", "--write-object",
                    folder + "/der", "--type", "cert", "--label", "certificate \(name)", "--id", "01",
                ])
        }
        try! run(
            "/usr/bin/pkcs11-tool",
            [
                "--module", Self.module, "--token-label", "notary", "--login", "--pin", "1234", "--keypairgen",
                "--key-type",
                "EC:prime256v1", "--label", "careful", "--id", "03", "--always-auth",
            ])
    }

    func open(_ object: String, in token: String = "notary", pin: String? = "1234") throws -> TokenKey {
        try TokenKey(
            module: Self.module, address: TokenAddress(token: token, object: object), pin: pin.map(secret))
    }
}

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
    #expect(failure?.description.contains("1234") != true, sourceLocation: location)
}

/// Serial: logging in is the whole process's, so a wrong PIN is told only while no other key is open.
@Suite(.serialized) struct TokenSignerTests {
    private let token = TestToken.shared

    private func check(_ cms: [UInt8], by name: String) throws {
        let trust = try TrustStore(folder: pki.path("trust"))
        let found = try trust.verify(cms: cms, content: .bytes(content), at: now())
        #expect(found.level == .cadesB && found.subject.contains(name))
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

    @Test(arguments: SignerDigest.allCases) func rsaKeySignsWithTheTokensCertificate(digest: SignerDigest) throws {
        let signer = try Signer(token: try token.open("notary-1"))
        #expect(signer.certificate.subject.contains("Бат"))
        try check(try signer.sign(content, digest: digest), by: "Бат")
    }

    @Test(arguments: SignerDigest.allCases) func ecKeySignsWithACertificateFile(digest: SignerDigest) throws {
        let signer = try Signer(token: try token.open("notary-2"), certificateFile: pki.path("notary-2.pem"))
        try check(try signer.sign(content, digest: digest), by: "Сараа")
    }

    @Test func certificateMustBelongToTheKey() throws {
        expect(.signingCertificateMismatch) {
            _ = try Signer(token: try token.open("notary-2"), certificateFile: pki.path("notary-1.pem"))
        }
        expect(.tokenCertificateNotFound) { _ = try Signer(token: try token.open("notary-2")) }
    }

    /// The PIN is asked for at every signature: it is given again, and nobody is asked.
    @Test func carefulKeySignsWithoutAsking() throws {
        let folder = try pki.newFolder()
        try run(
            "/usr/bin/pkcs11-tool",
            [
                "--module", TestToken.module, "--token-label", "notary", "--read-object", "--type", "pubkey", "--id",
                "03",
                "--output-file", folder + "/public.der",
            ])
        try run(
            "/usr/bin/openssl",
            ["pkey", "-pubin", "-inform", "DER", "-in", folder + "/public.der", "-out", folder + "/public"])
        try run(
            "/usr/bin/openssl",
            [
                "x509", "-new", "-force_pubkey", folder + "/public", "-subj", "/CN=TEST careful", "-CA",
                pki.path("issuing.pem"), "-CAkey", pki.path("issuing.key"), "-days", "2", "-out", folder + "/pem",
            ])
        let signer = try Signer(token: try token.open("careful"), certificateFile: folder + "/pem")
        for _ in 0..<3 {
            let signature = try signer.signChallenge(content)
            try Data(signature).write(to: URL(fileURLWithPath: folder + "/signature"))
            try Data(content).write(to: URL(fileURLWithPath: folder + "/content"))
            try run(
                "/usr/bin/openssl",
                [
                    "dgst", "-sha256", "-verify", folder + "/public", "-signature", folder + "/signature",
                    folder + "/content",
                ])
        }
    }

    @Test func ed25519KeyIsMadeAndSigns() throws {
        let address = TokenAddress(token: "notary", object: "log \(UUID().uuidString)")
        let made = try TokenKey.generateEd25519(module: TestToken.module, address: address, pin: secret("1234"))
        expect(.tokenKeyExists) {
            _ = try TokenKey.generateEd25519(module: TestToken.module, address: address, pin: secret("1234"))
        }
        expect(.tokenKeyUnsuitable) { _ = try Signer(token: made, certificateFile: pki.path("notary-1.pem")) }
        let key = try TokenKey(module: TestToken.module, address: address, pin: secret("1234"))
        let publicKey = try #require(key.publicKey)
        #expect(key.kind == .ed25519 && publicKey == made.publicKey && publicKey.count == 32)
        let signature = try key.sign(content)
        #expect(try signature == made.sign(content), "RFC 8032 signatures are deterministic")
        // OpenSSL has the last word.
        let folder = try pki.newFolder()
        let spki: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00] + publicKey
        try Data(spki).write(to: URL(fileURLWithPath: folder + "/public"))
        try Data(signature).write(to: URL(fileURLWithPath: folder + "/signature"))
        try Data(content).write(to: URL(fileURLWithPath: folder + "/content"))
        try run(
            "/usr/bin/openssl",
            [
                "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", folder + "/public", "-in",
                folder + "/content", "-sigfile", folder + "/signature",
            ])
    }

    /// What was a file becomes a key of the token that signs the same, and cannot be taken out.
    @Test func ed25519KeyIsTakenIn() throws {
        // RFC 8032 section 7.1, test 1: a key that everybody has.
        func bytes(_ text: String) -> [UInt8] {
            stride(from: 0, to: text.count, by: 2).map { UInt8(text.dropFirst($0).prefix(2), radix: 16) ?? 0 }
        }
        var seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        let publicKey = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let folder = try pki.newFolder()
        try Data("1234\n".utf8).write(to: URL(fileURLWithPath: folder + "/pin"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder + "/pin")
        let address = try ServerKeyAddress(
            uri: "pkcs11:token=notary;object=taken?module-path=\(TestToken.module)&pin-source=file:\(folder)/pin")
        expect(.tokenKeyNotFound) { _ = try address.open() }
        // Halves that do not belong together are found out, and not left as a key of this name that signs.
        var twin = seed
        let wrong = try ServerKeyAddress(uri: address.uri.replacing("object=taken", with: "object=wrong"))
        expect(.tokenFailed) { _ = try wrong.take(emptying: &twin, publicKey: [UInt8](repeating: 9, count: 32)) }
        expect(.tokenFailed) { _ = try wrong.open() }
        #expect(try address.take(emptying: &seed, publicKey: publicKey).publicKey == publicKey)
        #expect(seed.isEmpty)
        let key = try address.open()
        #expect(key.publicKey == publicKey)
        #expect(
            try key.sign([0x72]).prefix(4) == key.sign([0x72]).prefix(4) && key.sign([0x72]) != key.sign([0x73]))
        seed = [UInt8](repeating: 1, count: 32)
        expect(.tokenKeyExists) { _ = try address.take(emptying: &seed, publicKey: publicKey) }
        let listed = Pipe()
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/usr/bin/pkcs11-tool")
        tool.arguments = [
            "--module", TestToken.module, "--token-label", "notary", "--login", "--pin", "1234", "--list-objects",
            "--type", "privkey",
        ]
        tool.standardOutput = listed
        try tool.run()
        let text = String(decoding: listed.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        tool.waitUntilExit()
        let object = try #require(text.split(separator: "Private Key Object").first { $0.contains("taken") })
        #expect(object.contains("sensitive"))
        #expect(!object.replacing("never extractable", with: "").contains("extractable"), "\(object)")
    }

    @Test func manyThreadsSignWithOneKey() async throws {
        let address = TokenAddress(token: "notary", object: "threads \(UUID().uuidString)")
        let key = try TokenKey.generateEd25519(module: TestToken.module, address: address, pin: secret("1234"))
        let expected = try key.sign(content)
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<64 { group.addTask { try key.sign(content) } }
            for try await signature in group { #expect(signature == expected) }
        }
    }

    /// C_Finalize ends every session, as a token that was unplugged does.
    @Test func lostSessionIsOpenedAgain() throws {
        let address = TokenAddress(token: "notary", object: "lost \(UUID().uuidString)")
        let key = try TokenKey.generateEd25519(module: TestToken.module, address: address, pin: secret("1234"))
        let signature = try key.sign(content)
        let library = try #require(dlopen(TestToken.module, RTLD_NOW))
        let symbol = try #require(dlsym(library, "C_Finalize"))
        let finalize = unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutableRawPointer?) -> UInt).self)
        #expect(finalize(nil) == 0)
        #expect(try key.sign(content) == signature)
    }

    @Test func eachMistakeHasItsName() throws {
        expect(.tokenPINWrong) { _ = try token.open("notary-1", pin: "9999") }
        expect(.tokenPINWrong) { _ = try token.open("notary-1", pin: "") }
        expect(.tokenPINNeeded) { _ = try token.open("notary-1", pin: nil) }
        expect(.tokenNotFound) { _ = try token.open("notary-1", in: "nobody") }
        expect(.tokenAmbiguous) { _ = try token.open("notary-1", in: "twin") }
        expect(.tokenKeyNotFound) { _ = try token.open("absent") }
        let address = TokenAddress(token: "notary", object: "notary-1")
        expect(.tokenModuleUnloadable) { _ = try TokenKey(module: "/absent.so", address: address, pin: nil) }
        expect(.tokenModuleUnloadable) { _ = try TokenKey(module: "libsofthsm2.so", address: address, pin: nil) }
        expect(.tokenModuleUnusable) {
            _ = try TokenKey(module: "/lib/x86_64-linux-gnu/libz.so.1", address: address, pin: nil)
        }
        expect(.tokenKeyUnsuitable) { _ = try token.open("notary-1").sign(content) }
    }

    @Test func uriIsReadAndNeverHoldsAPIN() throws {
        let address = try TokenAddress(uri: "pkcs11:token=notary;object=%D0%BD%D0%BE%D1%82;id=%01%fF;type=private")
        #expect(address == TokenAddress(token: "notary", object: "нот", id: [1, 255]))
        #expect(try TokenAddress(uri: "pkcs11:serial=ab12;id=%01").keyText == "id 01")
        #expect(try token.open("notary-1").address.description == "notary-1 in notary")
        let byID = try TokenKey(
            module: TestToken.module, address: try TokenAddress(uri: "pkcs11:token=notary;id=%02"), pin: secret("1234"))
        #expect(byID.kind == .ec)
        for uri in [
            "", "pkcs11:", "token=a;object=b", "pkcs11:token=notary", "pkcs11:object=a",
            "pkcs11:token=a;object=b?pin-value=1234",
            "pkcs11:token=a;object=b;pin-value=1234", "pkcs11:token=a;token=b;object=c", "pkcs11:token=%4;object=b",
            "pkcs11:token=%00;object=b", "pkcs11:token=%ff;object=b", "pkcs11:token=a;object",
            "pkcs11:token=a;slot-id=1;object=b",
        ] {
            expect(.tokenURIMalformed) { _ = try TokenAddress(uri: uri) }
        }
    }
}
