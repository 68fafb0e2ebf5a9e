import Foundation
import Testing

@testable import Signatures

private let pki = TestPKI.shared
private let content = Array("hostile input".utf8)

@Test(arguments: ["DER", "PEM"]) func signatureTornAtAnyByteIsRefused(form: String) throws {
    let store = try TrustStore(folder: pki.path("trust"))
    let cms = try pki.sign(content, by: ["notary-2"], form: form, ["-cades"])
    // A PEM text may lose its last line end.
    let whole = form == "PEM" ? cms.count - 1 : cms.count
    for length in 0..<whole {
        #expect(throws: SignatureFailure.self, "cut at \(length)") {
            try store.verify(cms: Array(cms.prefix(length)), content: .bytes(content), at: now())
        }
    }
}

@Test func flippedByteNeverChangesTheSigner() throws {
    let store = try TrustStore(folder: pki.path("trust"))
    let cms = try pki.sign(content, by: ["notary-2"])
    let signer = try store.verify(cms: cms, content: .bytes(content), at: now())
    for position in cms.indices {
        for bit in [UInt8(0x01), 0x80] {
            var changed = cms
            changed[position] ^= bit
            // Parts that no signature covers, such as an unused version number, may change; the finding may not.
            guard let found = try? store.verify(cms: changed, content: .bytes(content), at: now()) else { continue }
            let same = found.signerCertificate == signer.signerCertificate && found.signingTime == signer.signingTime
            #expect(same && found.level == signer.level, "byte \(position)")
        }
    }
}

@Test func garbageIsRefused() throws {
    let store = try TrustStore(folder: pki.path("trust"))
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    for round in 0..<2000 {
        var bytes: [UInt8] = []
        for _ in 0..<(round % 300) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes.append(UInt8(truncatingIfNeeded: state >> 33))
        }
        if !bytes.isEmpty, round % 2 == 0 { bytes[0] = 0x30 }
        #expect(throws: SignatureFailure.self) { try store.verify(cms: bytes, content: .bytes(content), at: now()) }
    }
}

@Test func deeplyNestedFormIsRefused() throws {
    let store = try TrustStore(folder: pki.path("trust"))
    let nested = [UInt8](repeating: 0, count: 30_000).indices.map { $0 % 2 == 0 ? UInt8(0x30) : UInt8(0x80) }
    #expect(throws: SignatureFailure.self) { try store.verify(cms: nested, content: .bytes(content), at: now()) }
}

@Test func oneStoreServesManyThreads() async throws {
    let store = try TrustStore(folder: pki.path("trust"))
    let good = try pki.sign(content)
    let bad = try pki.sign(content, by: ["revoked"])
    let accepted = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
            group.addTask {
                (0..<50).count { round in
                    (try? store.verify(cms: round % 2 == 0 ? good : bad, content: .bytes(content), at: now())) != nil
                }
            }
        }
        return await group.reduce(0, +)
    }
    #expect(accepted == 8 * 25)
}
