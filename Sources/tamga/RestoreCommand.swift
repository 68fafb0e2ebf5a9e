import ArgumentParser
import Filing
import LedgerEngine
import LedgerStorage
import LedgerTransparency
import Service
import Signatures

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a data folder from a backup, unless that would fork the ledger.",
        discussion: """
            A log that signs on from an older copy of itself has two trees of one size, and every witness keeps the proof. So something from outside the
            backup has to say how far the ledger was signed: the second copy of the signer's state on this machine, or the newest checkpoint
            that anybody has (a verifier's, a mirror's, a witness's).
              tamga restore --from /mnt/one/ledger --keys-from /mnt/two/keys --data ./ledger --checkpoint newest.txt
              tamga restore --from /mnt/one/ledger --keys-from /mnt/two/keys --data ./ledger --accept-unseen

            Where the ledger's key is in a PKCS#11 token, that token must be here; --log-key gives its address if it changed.

            Damage in the backup is healed from its parity. The hash index is made again, and every erasure that the ledger knows of is carried
            out again, before anything is served. A folder left by a failed restore is no ledger: delete it. For a drill, set TAMGA_STATE_HOME to a
            folder of its own: what is restored leaves a state there that vouches for it.
            """)

    @Option(help: "A backup's folder with the ledger.") var from: String
    @Option(help: "A backup's folder with the keys.") var keysFrom: String
    @OptionGroup var data: DataOption
    @Option(help: "The newest checkpoint of this ledger that anybody has, as a file.") var checkpoint: String?
    @Flag(help: "Nobody has a newer checkpoint than this backup: I have made sure.") var acceptUnseen = false

    @Option(help: "Where the ledger's key is now: a PKCS#11 URI with module-path and pin-source.") var logKey: String?

    func validate() throws {
        guard checkpoint == nil || !acceptUnseen else {
            throw ValidationError("name one of --checkpoint and --accept-unseen")
        }
    }

    func run() throws {
        let backup = try DataFolder.open(path: from, disk: PosixDisk())
        let witness = try witness(of: backup)
        // A ledger that nobody can sign for is not put back.
        if let address = logKey ?? backup.keyAddress {
            _ = try LogKey.open(try ServerKeyAddress(uri: address), of: backup.verifierKey)
        }
        let restore = LedgerRestore(
            from: from, keys: keysFrom, to: Files.absolute(data.path), shadowPath: StateHome.shadowPath(of: backup),
            keyAddress: logKey)
        let report = try Terminal.plainly {
            try restore.run(witness) { bytes in
                if Terminal.isInteractive { Terminal.write("\r\u{1b}[K\(bytes >> 20) MiB copied") }
            }
        }
        if Terminal.isInteractive { Terminal.write("\r\u{1b}[K") }
        for line in report.healed { print("healed: \(line)") }
        let (ledger, keeping) = try Workplace.openLedger(report.folder, isCompacting: false)
        defer { ledger.close() }
        let registrar = Registrar(ledger: ledger, vault: keeping.vault, secrets: keeping.secrets)
        let erasures = try ErasureDesk(registrar, eraser: LedgerEraser(ledger)).finish()
        let newest = try ledger.newestCheckpoint()
        print("restored: \(newest.size) entries, root \(newest.root)")
        if erasures > 0 { print("erasures carried out again: \(erasures)") }
        print("check all of it with: tamga audit --data \(data.path)")
    }

    private func witness(of backup: DataFolder) throws -> LedgerRestore.Witness {
        if acceptUnseen { return .operatorsWord }
        guard let checkpoint else { return .signerStates }
        do {
            let note = try SignedNote(parsing: Files.read(checkpoint, limit: 1 << 20))
            let signed = try Checkpoint(parsing: note.text)
            guard signed.isOf(backup.verifierKey), try note.verified(by: [backup.verifierKey]).count == 1 else {
                throw ValidationError("\(checkpoint) is not signed by this ledger")
            }
            return .checkpoint(size: signed.size, root: signed.root)
        } catch let error as TransparencyError {
            throw ValidationError("\(checkpoint) is no checkpoint that this ledger signed: \(error)")
        }
    }
}
