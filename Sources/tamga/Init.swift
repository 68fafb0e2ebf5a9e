import ArgumentParser
import Catalogue
import Filing
import LedgerEngine
import LedgerStorage
import LedgerTransparency
import Signatures

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a new ledger with fresh keys.",
        discussion: """
            The origin names the ledger in every checkpoint, for ever: a name of yours that no other ledger has, without "https://".
              tamga init --data ./ledger --origin notary.example.mn/2026

            A second copy of the signer's state is kept in TAMGA_STATE_HOME (else XDG_STATE_HOME/tamga, else ~/.local/state/tamga), so that
            a restored old copy of the folder is recognised; with --signer-state in the file named.

            The key that signs checkpoints may be an Ed25519 key in a PKCS#11 token (CKM_EDDSA), from where it never comes out. The address is a
            PKCS#11 URI (RFC 7512) that names the module and the file with the PIN, or TAMGA_PIN_FILE names that file; mode 0600.
              tamga init --data ./ledger --origin notary.example.mn/2026 --generate --log-key \\
                'pkcs11:token=LOG;object=checkpoints?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/tamga/pin'

            Back up DIR/keys apart from DIR: whoever has log.key can sign for the ledger, and without store.key stored records
            cannot be read. Back it up again and again: DIR/keys/secrets gets a new small file with each start and each 65,536
            records, and without it those records cannot be read.
            """)

    @OptionGroup var data: DataOption

    @Option(help: "The ledger's name in its checkpoints: 1 to 255 bytes, no spaces, no '+'.")
    var origin: String

    @Option(
        help:
            "Keep a second copy of the signer's state in this file, on another disk if possible; then it must always be there."
    )
    var signerState: String?

    @Option(help: "Bytes of one journal file, 4 MiB or more.")
    var journalFileLength = JournalWriter.defaultFileLength

    @Option(help: "Sign checkpoints with this key in a PKCS#11 token: a PKCS#11 URI with module-path and pin-source.")
    var logKey: String?

    @Flag(help: "With --log-key: make the key in the token.")
    var generate = false

    func validate() throws {
        guard logKey != nil || !generate else { throw ValidationError("--generate needs --log-key") }
        // A name that can be a key's name can be an origin.
        guard !origin.contains("://") else {
            throw ValidationError("--origin is a name without https://, such as example.mn/ledger")
        }
        guard Checkpoint.isOrigin(origin),
            (try? SigningKey(name: origin, seed: [UInt8](repeating: 1, count: 32))) != nil
        else {
            throw ValidationError("\"\(origin)\" cannot name a ledger: 1 to 255 bytes, no spaces, no '+'")
        }
        guard journalFileLength >= JournalWriter.leastFileLength, journalFileLength <= 1 << 30,
            journalFileLength % 4096 == 0
        else {
            throw ValidationError("a journal file has 4 MiB to 1 GiB, a multiple of 4096 bytes")
        }
    }

    func run() throws {
        try Files.makeDirectories(data.path)
        // Before a key is made that nothing would use.
        try DataFolder.checkEmpty(data.path, disk: PosixDisk())
        let folder = try DataFolder.create(
            path: data.path, origin: origin, journalFileLength: journalFileLength,
            signerStatePath: signerState.map(Files.absolute), logKey: try tokenKey(),
            disk: PosixDisk(), time: SystemClock().now(), random: randomBytes)
        // The empty ledger is opened once, so that the second copy of the signer's state is there from the start.
        try Workplace.openLedger(folder).ledger.close()
        print("made ledger \(origin) in \(data.path)")
        print("verifier key (give it to everyone): \(folder.verifierKey)")
        if folder.keyAddress != nil { print("checkpoints are signed by \(try LogKey.place(in: folder))") }
        print("next: tamga serve --data \(data.path) --listen 127.0.0.1:8080 --posapi 127.0.0.1:7080")
    }

    private func tokenKey() throws -> (publicKey: [UInt8], address: String)? {
        guard let logKey else { return nil }
        let address = try ServerKeyAddress(uri: logKey)
        let key = generate ? try address.generate() : try address.open()
        guard let publicKey = key.publicKey else {
            throw Problem.tokenKeyUnsuitable(["key": address.key.keyText, "reason": "it is no Ed25519 key"])
        }
        return (publicKey, logKey)
    }
}
