import ArgumentParser
import CanonicalJSON
import Catalogue
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import Service

struct DeedKeep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Keep documents of an act, encrypted.",
        discussion: """
            Each file must be one that the act names, its document or an attachment, now or in an earlier content: nothing else is taken. It is
            encrypted under the secret of the act, and goes when the act is erased. Sent again it is kept once.
              tamga deed keep --data ./ledger --notary NT012 NT012-2026-000017 contract.pdf plan.pdf
            A running service takes documents when it was started with --keep-documents, up to its --document-limit. On a folder that no
            service has, whoever holds it decides: then the limit is that of --document-limit here.
            """)
    @OptionGroup var data: DataOption
    @Option(help: "The notary's code: whose act it is, or who took the office over.") var notary: String
    @Option(help: "Without a running service: the most MiB of one document.") var documentLimit = 64
    @Argument(help: "The act's number.") var act: String
    @Argument(help: "The files.") var files: [String]

    func validate() throws {
        guard (1...4096).contains(documentLimit) else { throw ValidationError("--document-limit is 1 to 4096") }
    }

    func run() async throws {
        let folder = try data.open()
        // All are read before any is sent: a name that is wrong keeps nothing.
        let digests = try files.map { try Files.digest($0) }
        if AdminClient.isServed(folder) {
            for (file, digest) in zip(files, digests) {
                guard let client = AdminClient(folder) else { throw Problem.serviceSilent() }
                let answer = try client.put(
                    DocumentAddress.path(act: act, digest, notary: notary), file: file, size: try Files.size(file))
                print("kept: \(file), \(answer["size"]?.integer ?? 0) bytes, SHA-256 \(digest)")
            }
            return
        }
        var settings = Office.Settings()
        settings.documentLimit = documentLimit << 20
        try await Workplace.withOffice(folder, settings: settings) { office in
            for (file, digest) in zip(files, digests) {
                let kept = try await DocumentDesk(office).keep(
                    digest, act: act, notary: notary, isByOperator: true, from: FileParts(path: file))
                print("kept: \(file), \(kept.byteCount) bytes, SHA-256 \(digest)")
            }
        }
    }
}

struct DeedDocuments: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "documents", abstract: "List the documents that an act names, and whether they are kept.",
        discussion: """
              tamga deed documents --data ./ledger NT012-2026-000017
              tamga deed documents --data ./ledger --notary NT012 NT012-2026-000017    only if NT012 acts for its office
            Of a will that was not opened nothing is told here: the notary finds its documents at /notary and with the office's token.
            """)
    @OptionGroup var data: DataOption
    @Option(help: "The notary's code: acts of this office alone. Wills that were not opened are not there.") var notary:
        String?
    @Argument(help: "The act's number.") var act: String
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        var input: JSONObject = ["act": .string(act)]
        input["notary"] = notary.map { .string($0) }
        let answer = try await Workplace.run("deed.documents", .object(input), on: data)
        if json { return print(answer.text) }
        for document in answer["documents"]?.array ?? [] {
            let size = document["size"]?.integer.map { "\($0) bytes" } ?? "size not told"
            let state = document["state"]?.string == "kept" ? "kept" : "with the notary"
            let earlier = document["current"]?.bool == true ? "" : ", of an earlier content"
            print(
                "\(document["sha256"]?.string ?? "")  \(state)  \(document["part"]?.string ?? "")\(earlier)  \(size)  \(document["name"]?.string ?? "")"
            )
        }
    }
}

struct DeedDocument: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "document", abstract: "Fetch a kept document.",
        discussion: """
              tamga deed document --data ./ledger --notary NT012 NT012-2026-000017 9f86d081…0f00a08 --out contract.pdf
            That it was looked at is written into the access log, and the act's parties are told of it. What was written is held against the
            SHA-256 before it gets its name.
            """)
    @OptionGroup var data: DataOption
    @Option(help: "The notary's code: acts of this office alone. Wills that were not opened are not there.") var notary:
        String?
    @Option(help: "Where to write it.") var out: String
    @Argument(help: "The act's number.") var act: String
    @Argument(help: "The document's SHA-256, 64 hexadecimal digits.") var sha256: String

    func run() async throws {
        guard let digest = Digest(hexadecimal: sha256) else { throw Problem.actDigestInvalid(["path": "SHA256"]) }
        let folder = try data.open()
        let file = try FileWriter(out)
        if let client = AdminClient(folder) {
            try client.get(DocumentAddress.path(act: act, digest, notary: notary), into: file)
        } else {
            try await Workplace.withOffice(folder) { office in
                let document = try await DocumentDesk(office).document(
                    digest, act: act, for: DocumentDesk.Asker(notary: notary))
                try await document.read { try file.write($0[...]) }
            }
        }
        try file.finish(digest)
        print("written to \(out)")
    }
}

/// Where a document is, on the operator's socket.
private enum DocumentAddress {
    static func path(act: String, _ digest: Digest, notary: String?) -> String {
        // Neither holds more than letters, digits and hyphens; what does is no number, and would be another address.
        func plain(_ text: String) -> String {
            text.utf8.map { byte in
                let isPlain =
                    byte == 0x2d || (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                    || (0x61...0x7a).contains(byte)
                return isPlain ? String(UnicodeScalar(byte)) : "%" + hexadecimal([byte]).uppercased()
            }.joined()
        }
        return "/admin/deeds/\(plain(act))/documents/\(digest)" + (notary.map { "?notary=\(plain($0))" } ?? "")
    }
}
