import ArgumentParser
import Catalogue
import Evidence
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a file of ours is and what is in it. Checks form, not truth.",
        discussion: """
            Evidence, checkpoints and other signed notes, verifier keys, policies, journal files, signer's states. Secrets are never
            shown.
              tamga inspect receipt.tlog-proof
              tamga inspect ./ledger/journal/00000000000000000000.journal
            """)

    private typealias Reader = @Sendable ([UInt8]) -> [String]?
    private static let readers: [Reader] = [journal, signerState, secret, evidence, note, verifierKey, policy]

    @Argument(help: "The file, or -.") var file: String

    func run() throws {
        let bytes = try Files.read(file, limit: 1 << 30)
        for reader in Self.readers {
            if let lines = reader(bytes) {
                for line in lines { print(line) }
                return
            }
        }
        throw Problem.fileUnknown(["path": file])
    }

    @Sendable private static func evidence(_ bytes: [UInt8]) -> [String]? {
        guard let proof = try? TlogProof(parsing: bytes) else { return nil }
        guard let evidence = try? UnverifiedEvidence(parsing: bytes) else {
            return ["tlog-proof of entry \(proof.index), \(proof.hashes.count) hashes; no whole evidence of ours in it"]
                + (note(proof.checkpoint) ?? [])
        }
        var lines = ["evidence, not verified here: entry \(proof.index), \(proof.hashes.count) proof hashes"]
        if let content = evidence.content {
            lines.append(
                "kind \(content.disclosure.kind), recorded \(UlaanbaatarTime(unixMilliseconds: content.recorded).rfc3339 ?? "?")"
            )
            lines.append("commitment \(content.disclosure.commitment)")
            for field in content.disclosure.fields {
                let value = field.value.map { Inspect.printable($0) } ?? "(not shown)"
                lines.append("  \(field.name): \(value)")
            }
            for signature in content.signatures {
                lines.append("attached: type \(signature.kind.rawValue), \(signature.bytes.count) bytes")
            }
        } else {
            lines.append("of version \(evidence.version), which this program does not know")
        }
        return lines + (note(proof.checkpoint) ?? [])
    }

    @Sendable private static func note(_ bytes: [UInt8]) -> [String]? {
        guard let note = try? SignedNote(parsing: bytes) else { return nil }
        var lines: [String] = []
        if let checkpoint = try? Checkpoint(parsing: note.text) {
            lines.append("checkpoint of \(checkpoint.origin): \(checkpoint.size) entries, root \(checkpoint.root)")
        } else {
            lines.append("signed note, \(note.text.count) bytes of text")
        }
        for signature in note.signatures {
            lines.append(
                "  signature line of \(signature.name), key \(hexadecimal(withUnsafeBytes(of: signature.keyID.bigEndian) { Array($0) }))"
            )
        }
        return lines
    }

    @Sendable private static func verifierKey(_ bytes: [UInt8]) -> [String]? {
        let text = String(decoding: bytes.prefix(2000), as: UTF8.self).trimmingSpace
        guard let key = try? VerifierKey(parsing: text) else { return nil }
        return ["verifier key of \(key.name), \(key.algorithm)"]
    }

    @Sendable private static func policy(_ bytes: [UInt8]) -> [String]? {
        guard let policy = try? Policy(parsing: bytes) else { return nil }
        return ["policy: \(policy.logs.count) logs, \(policy.witnesses.count) witnesses"]
            + policy.logs.map { "  log \(String(describing: $0))" }
    }

    @Sendable private static func secret(_ bytes: [UInt8]) -> [String]? {
        let text = String(decoding: bytes.prefix(4000), as: UTF8.self).trimmingSpace
        if let key = try? SigningKey(parsing: text) { return ["a private signing key of \(key.name): keep it secret"] }
        if text.utf8.count == 64, parseHexadecimal(text) != nil {
            return ["64 hexadecimal digits: perhaps a secret key"]
        }
        return nil
    }

    @Sendable private static func signerState(_ bytes: [UInt8]) -> [String]? {
        guard let state = SignerStateFile.newest(in: bytes) else { return nil }
        return [
            "signer's state of ledger \(state.ledgerID)", "size \(state.state.size), root \(state.state.root)",
            "written \(UlaanbaatarTime(unixMilliseconds: state.state.time).rfc3339 ?? "?")",
        ]
    }

    @Sendable private static func journal(_ bytes: [UInt8]) -> [String]? {
        guard let header = bytes.withUnsafeBytes({ JournalFileHeader($0) }) else { return nil }
        var lines = [
            "journal file of ledger \(header.ledgerID), \(header.fileLength) bytes",
            "begins at index \(header.firstIndex), root before it \(header.rootBefore)",
        ]
        var batches = 0
        var size = header.firstIndex
        var offset = JournalFileHeader.byteCount
        while offset + FrameHeader.byteCount <= bytes.count {
            let frame = bytes[offset...].withUnsafeBytes { FrameHeader(reading: $0) }
            guard let frame, offset + frame.frameLength <= bytes.count else { break }
            batches += 1
            size += UInt64(frame.count)
            offset += frame.frameLength
        }
        lines.append("\(batches) batches up to index \(size), \(offset) bytes used")
        return lines
    }

    /// Text for a terminal: nothing that moves the cursor or hides what comes after.
    @Sendable private static func printable(_ bytes: [UInt8]) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { return "\(bytes.count) bytes" }
        let shown = text.unicodeScalars.prefix(200).map { scalar -> String in
            scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return shown.joined() + (text.unicodeScalars.count > 200 ? "…" : "")
    }
}
