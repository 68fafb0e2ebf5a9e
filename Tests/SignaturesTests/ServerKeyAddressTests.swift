import Catalogue
import Foundation
import Signatures
import Testing

@Suite struct ServerKeyAddressTests {
    private let plain = "pkcs11:token=LOG;object=checkpoints"

    @Test func moduleAndPINFileStandBehindTheQuestionMark() throws {
        let address = try ServerKeyAddress(
            uri: "\(plain)?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/tamga/a%20pin")
        #expect(address.key == TokenAddress(token: "LOG", object: "checkpoints"))
        #expect(address.module == "/usr/lib/softhsm/libsofthsm2.so" && address.pinFile == "/etc/tamga/a pin")
        #expect(address.description == "checkpoints in LOG")
        for source in ["/etc/pin", "file:/etc/pin", "file:///etc/pin"] {
            #expect(try ServerKeyAddress(uri: "\(plain)?pin-source=\(source)&module-path=/m").pinFile == "/etc/pin")
        }
        #expect(try ServerKeyAddress(uri: "\(plain)?module-path=/m").pinFile == nil)
    }

    @Test(arguments: [
        "", "?module-path=m.so", "?module-path=", "?module-path=/m&pin-value=1234", "?module-path=/m&module-path=/n",
        "?module-path=/m&pin-source=pin", "?module-path=/m&pin-source=%7Ccat%20/etc/pin",
        "?module-path=/m&pin-source=http://a/pin",
        "?module-path=/m&pin-source=file://host/pin", "?module-path=/m&module-name=softhsm2", "?module-path=/%0",
        "?module-path=/m%00", "?pin-source=/etc/pin",
    ])
    func whatIsNoAddressIsRefusedWithoutBeingRepeated(query: String) throws {
        let failure = #expect(throws: Failure.self) { try ServerKeyAddress(uri: plain + query) }
        #expect(failure?.problem == .logKeyAddressUnusable)
        #expect(failure?.description.contains("1234") == false)
    }

    @Test func theKeysAddressIsCheckedToo() throws {
        for uri in ["pkcs11:object=a?module-path=/m", "pkcs11:token=a?module-path=/m", "file:/a?module-path=/m"] {
            let failure = #expect(throws: Failure.self) { try ServerKeyAddress(uri: uri) }
            #expect(failure?.problem == .tokenURIMalformed)
        }
    }

    @Test func aPINFileThatOthersReadIsNotUsed() throws {
        let folder = try TestPKI.shared.newFolder()
        let file = folder + "/pin"
        try Data("1234\n".utf8).write(to: URL(fileURLWithPath: file))
        let address = try ServerKeyAddress(uri: "\(plain)?module-path=/absent.so&pin-source=\(file)")
        for mode in [0o640, 0o604, 0o660] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
            #expect(#expect(throws: Failure.self) { try address.open() }?.problem == .tokenPINFileOpen)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        #expect(#expect(throws: Failure.self) { try address.open() }?.problem == .tokenModuleUnloadable)
        try FileManager.default.removeItem(atPath: file)
        #expect(#expect(throws: Failure.self) { try address.open() }?.problem == .signingFileUnreadable)
    }
}
