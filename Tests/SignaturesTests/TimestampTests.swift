import Catalogue
import Foundation
import Testing

@testable import Signatures

private let pki = TestPKI.shared
private let content = Array("timestamp".utf8)
private let store = try! TrustStore(folder: pki.path("trust"))

private func check(
    _ cms: [UInt8], at: Int64 = now(), mode: RevocationMode = .required, store: TrustStore = store
) throws -> VerifiedSignature {
    try store.verify(cms: cms, content: .bytes(content), at: at, mode: mode, window: .init(before: 10 * 86_400))
}

private func refused(
    _ code: SignatureFailure.Code, _ cms: [UInt8], at: Int64 = now(), store: TrustStore = store,
    _ location: SourceLocation = #_sourceLocation
) {
    let failure = #expect(throws: SignatureFailure.self, sourceLocation: location) {
        try check(cms, at: at, store: store)
    }
    #expect(failure?.code == code, "\(failure?.description ?? "")", sourceLocation: location)
}

@Test(arguments: [("notary-1", "sha256"), ("notary-2", "sha384"), ("notary-2", "sha512")])
func timestampMakesCAdEST(signer: String, imprint: String) throws {
    let form = SignatureForm(try pki.sign(content, by: [signer]))
    let before = now()
    let found = try check(form.stamped(try pki.token(over: form.value, imprint: imprint)), at: now() + 3600)
    #expect(found.level == .cadesT && found.namesCertificate)
    let timestamp = try #require(found.timestamp)
    #expect(timestamp.genTime >= before && timestamp.genTime <= now())
    #expect(found.trustedTime == timestamp.genTime)
    #expect(timestamp.authority == "CN=TEST timestamp authority,O=Tamga TEST,C=MN")
    #expect(timestamp.chain == [try pki.der("tsa.pem"), try pki.der("issuing.pem"), try pki.der("root.pem")])
    #expect(timestamp.revocation.map(\.certificate) == [0, 1])
}

@Test func levelIsNoHigherThanTheSignatureItself() throws {
    let form = SignatureForm(try pki.sign(content, []))
    let found = try check(form.stamped(try pki.token(over: form.value)))
    #expect(found.level == .cms && found.timestamp != nil)
    let at = now()
    #expect(try check(try pki.sign(content), at: at).trustedTime == at)
}

@Test func olderFormOfTheTokensAttributeServes() throws {
    let form = SignatureForm(try pki.sign(content))
    #expect(try check(form.stamped(try pki.token(over: form.value, named: "sha1"))).level == .cadesT)
}

@Test func timestampOfOtherBytesIsInvalid() throws {
    let form = SignatureForm(try pki.sign(content))
    refused(.timestampInvalid, form.stamped(try pki.token(over: content)))
    refused(.timestampInvalid, form.stamped(form.root.bytes))
    refused(.timestampInvalid, form.stamped([0x30, 0x00]))
}

@Test func oneBadTimestampAmongGoodOnesRefuses() throws {
    let form = SignatureForm(try pki.sign(content))
    let good = try pki.token(over: form.value)
    #expect(try check(form.stamped(good, good)).level == .cadesT)
    refused(.timestampInvalid, form.stamped(good, try pki.token(over: content)))
    refused(.timestampInvalid, form.stamped(good, good, good, good, good))
}

@Test func weakTimestampIsRefused() throws {
    let form = SignatureForm(try pki.sign(content))
    refused(.timestampWeak, form.stamped(try pki.token(over: form.value, imprint: "sha1")))
    refused(.timestampWeak, form.stamped(try pki.token(over: form.value, digest: "sha1")))
}

@Test func timestampWithoutItsCertificateIsInvalid() throws {
    let form = SignatureForm(try pki.sign(content))
    let token = try pki.token(over: form.value, certificates: false)
    refused(.timestampInvalid, form.stamped(token))
    // It may be among the material.
    let found = try store.verify(
        cms: form.stamped(token), content: .bytes(content), at: now(), material: [try pki.der("tsa.pem")])
    #expect(found.level == .cadesT)
}

@Test func onlyAnAuthorityMayStamp() throws {
    let form = SignatureForm(try pki.sign(content))
    let token = try pki.token(over: form.value)
    // What the authority signed, signed by a notary instead.
    let info = SignatureForm(token).embedded
    let options = ["-cades", "-nodetach", "-econtent_type", "1.2.840.113549.1.9.16.1.4"]
    let byNotary = try pki.sign(info, by: ["notary-2"], options)
    refused(.timestampInvalid, form.stamped(byNotary))
    // The authority itself may, in the same way; without the attribute that names its certificate it may not.
    #expect(try check(form.stamped(try pki.sign(info, by: ["tsa"], options))).level == .cadesT)
    refused(.timestampInvalid, form.stamped(try pki.sign(info, by: ["tsa"], Array(options.dropFirst()))))
    // With a purpose more, or not critical, neither.
    for usage in ["critical, timeStamping, emailProtection", "timeStamping"] {
        let name = try pki.issue("TEST stamper", ["keyUsage = digitalSignature", "extendedKeyUsage = \(usage)"])
        refused(.timestampInvalid, form.stamped(try pki.sign(info, by: [name], options)))
    }
}

@Test func alteredTimestampIsInvalid() throws {
    let form = SignatureForm(try pki.sign(content, by: ["notary-2"]))
    let token = try pki.token(over: form.value)
    let time = try check(form.stamped(token)).timestamp?.genTime
    for position in token.indices where position % 5 == 0 {
        var changed = token
        changed[position] ^= 0x02
        let cms = form.stamped(token)
        let start = try #require(Data(cms).range(of: Data(token))).lowerBound
        guard let found = try? check(Array(cms[..<start]) + changed + cms[(start + token.count)...]) else { continue }
        #expect(found.timestamp?.genTime == time || found.timestamp == nil, "byte \(position)")
    }
}

@Test func timestampOfTheFutureIsRefused() throws {
    let form = SignatureForm(try pki.sign(content))
    let cms = form.stamped(try pki.token(over: form.value))
    let lenient = SigningTimeWindow(before: 0, after: 86_400)
    let at = now()
    #expect(throws: SignatureFailure(.timestampFuture)) {
        try store.verify(cms: cms, content: .bytes(content), at: at - 400, window: lenient)
    }
    let failure = #expect(throws: SignatureFailure.self) {
        try store.verify(cms: cms, content: .bytes(content), at: at - 400, window: lenient)
    }
    #expect(failure?.failure.message(.mn).contains("UTC") == true)
    #expect(
        try store.verify(cms: cms, content: .bytes(content), at: at - 200, mode: .atHand, window: lenient).level
            == .cadesT)
}

@Test func authorityOfAnotherRootIsNotTrusted() throws {
    let name = try pki.issue(
        "TEST other stamper", by: "other/issuing",
        ["keyUsage = digitalSignature", "extendedKeyUsage = critical, timeStamping"])
    let form = SignatureForm(try pki.sign(content))
    let cms = form.stamped(try pki.token(over: form.value, by: name))
    refused(.timestampUntrusted, cms)
    let failure = #expect(throws: SignatureFailure.self) { try check(cms) }
    #expect(failure?.code.isAboutTrust == true)
    #expect(failure?.failure.message(.en).contains("TEST Other Issuing CA") == true)
}

/// A store whose only CRL of the issuing CA is this one.
private func holding(_ list: [UInt8]) throws -> TrustStore {
    try TrustStore(
        certificates: [pki.bytes("root.pem"), pki.bytes("issuing.pem")],
        crls: [pki.bytes("trust/crls/root.pem"), list])
}

@Test func signerRevokedAfterTheTimestampIsAccepted() throws {
    let form = SignatureForm(try pki.sign(content, by: ["leaving"]))
    let stamped = form.stamped(try pki.token(over: form.value))
    let since = now() + 600
    let store = try holding(try pki.crl(revoking: [.init(name: "leaving", since: since, reason: "keyCompromise")]))
    refused(.revoked, form.root.bytes, at: since + 60, store: store)
    #expect(try check(stamped, at: since + 60, store: store).revocationChecked)
    let earlier = try holding(revoking: "leaving", since: now() - 100)
    refused(.revoked, stamped, store: earlier)
}

@Test func revokedAuthorityStampsNoMore() throws {
    let form = SignatureForm(try pki.sign(content))
    let stamped = form.stamped(try pki.token(over: form.value))
    refused(.timestampRevoked, stamped, store: try holding(revoking: "tsa", since: now() - 100, reason: "superseded"))
    // Revoked in good order afterwards, its tokens stay good; with a stolen key, those first seen later do not.
    let since = now() + 600
    let orderly = try holding(revoking: "tsa", since: since, reason: "cessationOfOperation")
    #expect(try check(stamped, at: since + 60, store: orderly).level == .cadesT)
    for reason in ["keyCompromise", nil] {
        let stolen = try holding(revoking: "tsa", since: since, reason: reason)
        #expect(try check(stamped, at: since - 60, store: stolen).level == .cadesT)
        refused(.timestampRevoked, stamped, at: since + 60, store: stolen)
        #expect(try check(stamped, at: since - 60, store: stolen).level == .cadesT)
    }
}

private func holding(revoking name: String, since: Int64, reason: String? = nil) throws -> TrustStore {
    try holding(try pki.crl(revoking: [.init(name: name, since: since, reason: reason)]))
}

@Test func chainIsJudgedAtTheTimestamp() throws {
    let signer = try pki.issue("TEST notary of a day", days: 1, ["keyUsage = digitalSignature"])
    let form = SignatureForm(try pki.sign(content, by: [signer]))
    let stamped = form.stamped(try pki.token(over: form.value))
    let later = now() + 3 * 86_400
    #expect(throws: SignatureFailure(.expired)) { try check(form.root.bytes, at: later, mode: .atHand) }
    #expect(try check(stamped, at: later, mode: .atHand).level == .cadesT)
    // The other way about: a certificate that began after the timestamp.
    let future = SignatureForm(try pki.sign(content, by: ["future"]))
    let early = future.stamped(try pki.token(over: future.value))
    let window = SigningTimeWindow(before: 100 * 86_400, after: 100 * 86_400)
    #expect(throws: SignatureFailure(.notYetValid)) {
        try store.verify(cms: early, content: .bytes(content), at: now() + 60 * 86_400, window: window)
    }
}
