import Catalogue
import Foundation
import Testing

@testable import Signatures

private let pki = TestPKI.shared

/// A trust folder like the PKI's with this file of addresses.
private func folder(_ addresses: String?) throws -> String {
    let place = try pki.newFolder() + "/trust"
    try FileManager.default.copyItem(atPath: pki.path("trust"), toPath: place)
    if let addresses { try Data(addresses.utf8).write(to: URL(fileURLWithPath: place + "/addresses")) }
    return place
}

@Test func addressesAreReadBesideTheCertificates() throws {
    let place = try folder(
        """
        # What is fetched for this trust folder
        crl http://crl.example:8080/root.crl

        crl https://[2001:db8::1]/issuing.crl?full=1   # every hour
        \tocsp http://127.0.0.1:9080/ocsp intermediates/issuing.pem
        ocsp https://ocsp.example roots/root.pem\r
        """)
    let addresses = try TrustAddresses(folder: place)
    #expect(addresses.crls == ["http://crl.example:8080/root.crl", "https://[2001:db8::1]/issuing.crl?full=1"])
    #expect(addresses.responders.map(\.url) == ["http://127.0.0.1:9080/ocsp", "https://ocsp.example"])
    let issuing = try #require(RevocationObject.read(pki.bytes("issuing.pem")))
    #expect(addresses.responders(for: issuing.sha256).map(\.issuerFile) == ["intermediates/issuing.pem"])
    let store = try TrustStore(folder: place)
    #expect((store.rootCount, store.intermediateCount, store.crlCount) == (1, 1, 2))
}

@Test func folderWithoutAddressesHasNone() throws {
    #expect(try TrustAddresses(folder: try folder(nil)).isEmpty)
    #expect(try TrustAddresses(folder: try folder("\n# nothing\n")) == .none)
    #expect(try TrustAddresses(folder: pki.path("root.pem")).isEmpty)
}

@Test(arguments: [
    "crl ftp://crl.example/a", "crl file:///etc/passwd", "crl HTTP://crl.example", "crl http:crl.example",
    "crl http://",
    "crl http:///path", "crl http://user@crl.example/", "crl http://crl.example:0/", "crl http://crl.example:65536/",
    "crl http://crl.example:/", "crl http://crl.example:80x/", "crl http://жишээ.мн/", "crl http://a b/", "crl",
    "crl http://a/\u{7f}", "crl http://[::1/", "crl http://[]/", "ocsp http://a/", "ocsp http://a/ roots/nowhere.pem",
    "ocsp http://a/ ../root.pem", "ocsp http://a/ crls/root.pem", "ocsp http://a/ roots/../roots/root.pem",
    "ocsp http://a/ roots/root.pem more", "tsa http://a/", "CRL http://a/",
])
func lineThatIsNoAddressIsNamed(line: String) throws {
    let place = try folder("crl http://good.example/\n\(line)\n")
    let failure = #expect(throws: Failure.self) { try TrustAddresses(folder: place) }
    #expect(failure?.problem == .trustUnreadable)
    let message = failure?.message() ?? ""
    #expect(message.contains("line 2") || message.contains("nowhere.pem"), "\(message)")
}

@Test func addressesAreLimited() throws {
    let many = (0...TrustAddresses.addressLimit).map { "crl http://crl.example/\($0)\n" }.joined()
    #expect(throws: Failure.self) { try TrustAddresses(folder: try folder(many)) }
    let long = "# " + String(repeating: "x", count: TrustAddresses.fileLimit)
    #expect(throws: Failure.self) { try TrustAddresses(folder: try folder(long)) }
}
