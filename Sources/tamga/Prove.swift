import ArgumentParser
import CanonicalJSON
import Catalogue
import Evidence
import Filing
import LedgerEngine

struct Prove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the evidence of an entry to a file.",
        discussion: """
            Works beside a running service, up to what it has signed. Files nothing; who reads an act stands in the access log.
              tamga prove --data ./ledger --index 17 --out entry.tlog-proof
              tamga prove --data ./ledger --key NT012-2026-000001 --out act.tlog-proof --reader auditor
            """)

    @OptionGroup var data: DataOption
    @Option(help: "The entry's index.") var index: UInt64?
    @Option(help: "A receipt id, an act number, a capability or a leaf hash.") var key: String?
    @Option(help: "The evidence file to write.") var out: String
    @Option(help: "For whom: citizen, party, issuer, auditor.") var reader: String?
    @Option(help: "Show only these fields, by name, separated by commas.") var show: String?

    func validate() throws {
        guard (index == nil) != (key == nil) else { throw ValidationError("give either --index or --key") }
        guard reader.map({ Reader(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--reader is one of: \(Reader.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    func run() async throws {
        let registrar = try Workplace.openForReading(data.open())
        let desk = EvidenceDesk(registrar)
        guard let index = try index ?? key.flatMap({ try desk.find($0) }) else { throw Problem.notFound() }
        let evidence: [UInt8]
        var note = ""
        do {
            let record = try registrar.record(at: index)
            // A will that was not opened is there for its notary and whoever has the code.
            if try ActBook(registrar).isClosed(record) { throw Problem.notFound() }
            let usual: Reader = record.stored.record.kind == .deedAct ? .party : .citizen
            let names = show.map { Set($0.split(separator: ",").map(String.init)) }
            if record.stored.record.kind == .deedAct {
                // Before it is shown, as everywhere; where this fails nothing is shown.
                _ = try await Workplace.run("record.look", ["index": .string(String(index))], on: data)
            }
            evidence = try desk.evidence(record, for: reader.flatMap { Reader(rawValue: $0) } ?? usual, showing: names)
        } catch RegistrarError.notARecord {
            evidence = try desk.plainProof(index: index)
            note = " (added raw: a plain tlog-proof, no record is held)"
        }
        try Files.write(evidence, to: out)
        print("entry \(index) of \(registrar.ledger.size) proved in \(out)\(note)")
    }
}
