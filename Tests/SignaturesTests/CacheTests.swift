import Testing

@testable import Signatures

private let pki = TestPKI.shared
private let content = Array("cache".utf8)

@Test func moreChainsThanAreKeptAreStillJudgedRight() throws {
    let store = try TrustStore(folder: pki.path("trust"))
    let good = try pki.sign(content, by: ["notary-2"])
    let revoked = try pki.sign(content, by: ["revoked"])
    let first = try store.verify(cms: good, content: .bytes(content), at: now())
    // Other material, though worthless, is another question to the cache: it is emptied on the way.
    for number in 0..<1100 {
        let material = [[0x30, UInt8(number & 0xff), UInt8(number >> 8)]]
        let found = try store.verify(cms: good, content: .bytes(content), at: now(), material: material)
        #expect(found.chain == first.chain && found.revocation == first.revocation)
    }
    #expect(throws: SignatureFailure(.revoked)) {
        try store.verify(cms: revoked, content: .bytes(content), at: now())
    }
}

@Test func threadsShareWhatWasFound() async throws {
    let list = try pki.crl(revoking: [.init(name: "leaving", since: now() + 1000)])
    let store = try TrustStore(
        certificates: [pki.bytes("root.pem"), pki.bytes("issuing.pem")],
        crls: [pki.bytes("trust/crls/root.pem"), list])
    let form = SignatureForm(try pki.sign(content, by: ["leaving"]))
    let plain = form.root.bytes
    let stamped = form.stamped(try pki.token(over: form.value))
    let start = now()
    let accepted = await withTaskGroup(of: Int.self) { group in
        for task in 0..<8 {
            group.addTask {
                (0..<40).count { round in
                    // Before and after the revocation in turn; with the timestamp both are before it.
                    let at = start + ((task + round) % 2 == 0 ? 0 : 2000)
                    let cms = round % 4 < 2 ? plain : stamped
                    return (try? store.verify(cms: cms, content: .bytes(content), at: at)) != nil
                }
            }
        }
        return await group.reduce(0, +)
    }
    #expect(accepted == 8 * (10 + 20))
}
