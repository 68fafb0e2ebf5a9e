import Catalogue
import LedgerEngine
import LedgerStorage
import LedgerTransparency
import Signatures

/// The key that signs a ledger's checkpoints: a file, or a key in a PKCS#11 token.
enum LogKey {
    /// How long a token may take for a signature, ms: who files waits meanwhile.
    static let tokenLimitMs = 10_000

    /// The signer of a ledger.
    ///
    /// - Throws: what the file or the token says; `log-key-other` when the token holds another key.
    static func signer(of folder: DataFolder, disk: any Disk = PosixDisk()) throws -> any CheckpointSigner {
        guard let text = folder.keyAddress else {
            return NoteSigner(origin: folder.origin, key: try folder.signingKey(disk: disk))
        }
        let key = try open(try ServerKeyAddress(uri: text), of: folder.verifierKey)
        return ElsewhereSigner(verifierKey: folder.verifierKey) { try key.sign($0) }
    }

    /// Opens the key at an address.
    static func open(_ address: ServerKeyAddress, of verifierKey: VerifierKey) throws -> TokenKey {
        try checked(try address.open(), at: address, of: verifierKey)
    }

    /// Checks that a token's key is the ledger's.
    static func checked(
        _ key: TokenKey, at address: ServerKeyAddress, of verifierKey: VerifierKey
    ) throws -> TokenKey {
        guard key.publicKey == verifierKey.publicKey else {
            throw Problem.logKeyOther(["key": address.key.keyText, "token": address.key.tokenText])
        }
        return key
    }

    /// Where the key is, in a line.
    static func place(in folder: DataFolder) throws -> String {
        guard let text = folder.keyAddress else { return "the file \(folder.keysPath)/log.key" }
        let address = try ServerKeyAddress(uri: text)
        let pin = address.pinFile.map { "PIN in \($0)" } ?? "PIN in the file that \(ServerKeyAddress.pinVariable) names"
        return "the token \(address.key.tokenText), key \(address.key.keyText) (module \(address.module), \(pin))"
    }
}
