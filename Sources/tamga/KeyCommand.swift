import ArgumentParser
import Catalogue
import LedgerEngine
import LedgerStorage
import LedgerTransparency
import Signatures

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Show the ledger's verifier key; tell where its private key is, and move it into a token.",
        discussion: """
              tamga key --data ./ledger                  the verifier key: one line that everybody may have, for `tamga verify --key`
              tamga key where --data ./ledger --check    where the private key is, and whether it signs
              tamga key move --data ./ledger --to \\
                'pkcs11:token=LOG;object=checkpoints?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/tamga/pin'

            Only the key that signs checkpoints can be in a token. The other keys of DIR/keys encrypt records and make look-ups and access
            codes: they are used in memory, and stay files.
            """,
        subcommands: [KeyShow.self, KeyWhere.self, KeyMove.self], defaultSubcommand: KeyShow.self)
}

struct KeyShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show the verifier key.")

    @OptionGroup var data: DataOption

    func run() throws {
        print(try data.open().verifierKey)
    }
}

struct KeyWhere: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "where", abstract: "Tell where the private key is.")

    @OptionGroup var data: DataOption
    @Flag(help: "Open it and let it sign.") var check = false

    func run() throws {
        let folder = try data.open()
        print("the key that signs checkpoints is in \(try LogKey.place(in: folder))")
        guard check else { return }
        // A file is compared with the verifier key, a token's key has to sign, too.
        _ = try LogKey.signer(of: folder)
        print("it is the ledger's, and can be used")
    }
}

struct KeyMove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Put the ledger's key into a PKCS#11 token, or say where it is now.",
        discussion: """
            For a stopped service. The key of DIR/keys/log.key is put into the token, from which nobody can read it again; the verifier key stays
            the same. A token that holds the key already, such as a copy of the one before, is only written down.
              tamga key move --data ./ledger --to \\
                'pkcs11:token=LOG;object=checkpoints?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/tamga/pin'

            A key that was a file may have been copied before: for one that never was outside of a token, begin with tamga init --log-key.
            """)

    @OptionGroup var data: DataOption
    @Option(help: "The address in the token: a PKCS#11 URI (RFC 7512) with module-path and pin-source.") var to: String

    func run() throws {
        let folder = try data.open()
        let address = try ServerKeyAddress(uri: to)
        let disk = PosixDisk()
        var isImported = false
        let moved = try folder.moveKey(to: to, disk: disk) {
            do {
                _ = try LogKey.open(address, of: folder.verifierKey)
            } catch let failure as Failure where failure.problem == .tokenKeyNotFound && folder.keyAddress == nil {
                var seed = try folder.signingKey(disk: disk).seed
                let key = try address.take(emptying: &seed, publicKey: folder.verifierKey.publicKey)
                _ = try LogKey.checked(key, at: address, of: folder.verifierKey)
                isImported = true
            }
        }
        print("the key that signs checkpoints is in \(try LogKey.place(in: moved))")
        guard disk.exists("\(folder.keysPath)/log.key") else { return }
        print(isImported ? "it was put there from \(folder.keysPath)/log.key" : "it was there already")
        print(
            """
            destroy the file now, and its copies in backups: whoever has one can sign for the ledger. Keep one offline if the token has no copy: \
            without the key the ledger can never be signed again
              shred -u \(folder.keysPath)/log.key
            """)
    }
}
