import ArgumentParser
import Filing
import Glibc
import LedgerEngine
import LedgerStorage
import Registry

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the ledger as it is at this moment, beside the running service.",
        discussion: """
            A backup has two parts for two places: the ledger, whose records are encrypted, and the keys. Either alone reveals nothing about anybody;
            whoever has both has everything. Given the same folders again, only what has changed is copied.
              tamga backup --data ./ledger --to /mnt/one/ledger --keys-to /mnt/two/keys
              tamga backup --data ./ledger --to /mnt/one/ledger --keys-to /mnt/two/keys --check   read all that was copied before again

            Every file is read back and held against its checksums, and the copy against what was signed. Records filed since the last backup
            of the keys may have secrets that it lacks: copy both parts together. Erased records leave a backup when it is renewed.
            A ledger's key in a PKCS#11 token is in no backup: the token needs a copy of its own, made as its maker says.

            Keep turns: two places, renewed one after the other. Ctrl-C at any time; the next run goes on.

            Exit codes: 0 done, 1 failed, or the ledger is damaged and so is its copy, 2 wrong usage. Put back with: tamga restore
            """)

    @OptionGroup var data: DataOption
    @Option(help: "The folder for the ledger: new, or an earlier backup.") var to: String
    @Option(help: "The folder for the keys, on another medium.") var keysTo: String?
    @Flag(help: "Read what earlier backups copied again, and copy again what is damaged.") var check = false

    func run() throws {
        let folder = try data.open()
        let target = try Self.apart(to, from: [folder.path])
        let keys = try keysTo.map { try Self.apart($0, from: [folder.path, target]) }
        let backup = LedgerBackup(
            of: folder, to: target, keys: keys, shadowPath: StateHome.existingShadowPath(of: folder))
        // Without keys nobody can tell whether a document is whole: then none takes a copy's place.
        let keeping = try? RecordKeeping(folder: folder, isReadOnly: true)
        let report = try Terminal.plainly {
            try backup.run(
                again: check, isKept: { keeping?.isKept($0, in: folder) ?? false },
                copyingState: { try StateDatabase.copy(folder.statePath, to: $0) },
                progress: { bytes in
                    if Terminal.isInteractive { Terminal.write("\r\u{1b}[K\(bytes >> 20) MiB copied") }
                })
        }
        if Terminal.isInteractive { Terminal.write("\r\u{1b}[K") }
        print(
            "\(report.size) entries are backed up; \(report.byteCount) bytes of segments were copied, and the journal")
        if report.documentByteCount > 0 { print("\(report.documentByteCount) bytes of kept documents were copied") }
        if keys == nil {
            print("without the keys: nothing in this backup can be read until they are copied, too (--keys-to)")
        }
        if folder.keyAddress != nil {
            print("not in this backup: the key that signs checkpoints. It is in \(try LogKey.place(in: folder))")
        }
        for line in report.damage { print("damaged in the ledger itself, or in its copy: \(line)") }
        guard report.damage.isEmpty else {
            Terminal.complain("heal the ledger with tamga repair, then run this again")
            throw ExitCode(1)
        }
    }

    /// The path of a folder, made when absent, that is none of others and in none of them, nor they in it.
    private static func apart(_ path: String, from others: [String]) throws -> String {
        try Files.makeDirectories(Files.absolute(path))
        let real = resolved(path)
        for other in others.map(resolved)
        where (real + "/").hasPrefix(other + "/") || (other + "/").hasPrefix(real + "/") {
            throw ValidationError("\(path) and \(other) must lie apart")
        }
        return real
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return Files.absolute(path) }
        defer { free(real) }
        return String(cString: real)
    }
}
