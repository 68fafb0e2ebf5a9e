import Catalogue
import Foundation
import Testing

@testable import Signatures

private let pki = TestPKI.shared

/// A folder that holds copies of files of the PKI under new names.
private func folder(_ files: [String: String]) throws -> String {
    let place = try pki.newFolder()
    for (name, source) in files {
        let target = URL(fileURLWithPath: "\(place)/\(name)")
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(pki.bytes(source)).write(to: target)
    }
    return place
}

private func expectUnusable(_ path: String, naming words: String..., location: SourceLocation = #_sourceLocation) {
    let failure = #expect(throws: Failure.self, sourceLocation: location) { try TrustStore(folder: path) }
    #expect(failure?.problem == .trustUnreadable, sourceLocation: location)
    for word in words {
        #expect(failure?.message().contains(word) == true, "\(failure?.message() ?? "")", sourceLocation: location)
    }
}

@Test func sortedFolderIsRead() throws {
    let store = try TrustStore(folder: pki.path("trust"))
    #expect((store.rootCount, store.intermediateCount, store.crlCount) == (1, 1, 2))
}

@Test func flatFolderIsSortedByWhatItHolds() throws {
    let flat = try folder([
        "a.pem": "issuing.pem", "b.pem": "root.pem", "c.pem": "trust/crls/root.pem", "README": "root.cnf",
    ])
    let store = try TrustStore(folder: flat)
    #expect((store.rootCount, store.intermediateCount, store.crlCount) == (1, 1, 1))
}

@Test func oneFileMayHoldEverything() throws {
    let place = try pki.newFolder() + "/all.pem"
    try Data(["root.pem", "issuing.pem", "trust/crls/root.pem"].flatMap(pki.bytes)).write(
        to: URL(fileURLWithPath: place))
    let store = try TrustStore(folder: place)
    #expect((store.rootCount, store.intermediateCount, store.crlCount) == (1, 1, 1))
}

@Test func derIsReadLikePEM() throws {
    let place = try pki.newFolder()
    try run("/usr/bin/openssl", ["x509", "-in", pki.path("root.pem"), "-outform", "DER", "-out", place + "/root.der"])
    try run(
        "/usr/bin/openssl",
        ["crl", "-in", pki.path("trust/crls/root.pem"), "-outform", "DER", "-out", place + "/root.crl"])
    let store = try TrustStore(folder: place)
    #expect((store.rootCount, store.crlCount) == (1, 1))
}

@Test func unusableFilesAreNamed() throws {
    expectUnusable(try folder(["roots/key.pem": "root.key"]), naming: "roots/key.pem", "private key")
    expectUnusable(try folder(["roots/x.pem": "issuing.pem"]), naming: "roots/x.pem", "not self-signed", "Issuing CA")
    expectUnusable(try folder(["leaf.pem": "notary-1.pem"]), naming: "leaf.pem", "Нотариатч Бат")
    expectUnusable(try folder(["crls/x.pem": "root.pem"]), naming: "crls/x.pem", "not a CRL")
    expectUnusable(try folder(["roots/x": "root.cnf"]), naming: "roots/x", "no whole PEM or DER")
    expectUnusable(try folder(["a.pem": "issuing.pem"]), naming: "no root certificate")
    expectUnusable(try pki.newFolder(), naming: "no root certificate")
    expectUnusable(pki.path("nowhere"), naming: "nowhere", "No such file")
}

@Test func blockThatBreaksOffIsNotPassedOver() throws {
    let place = try pki.newFolder() + "/torn.pem"
    let torn = pki.bytes("root.pem") + pki.bytes("issuing.pem").dropLast(40)
    try Data(torn).write(to: URL(fileURLWithPath: place))
    expectUnusable(place, naming: "torn.pem")
}
