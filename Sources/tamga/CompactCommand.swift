import ArgumentParser
import CanonicalJSON

struct CompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Show or do the background work: sealing, packing, indexing, letting go.",
        discussion: """
            A running service does this by itself, at a rate that leaves the disk to filing. Entries are sealed 65,536 at a time; their journal
            files are removed once the segment was written, read back and gave the root that was signed.
              tamga compact --data ./ledger --status
              tamga compact --data ./ledger --now
              tamga compact --data ./ledger --now --seal-tail    seal the newest entries, too, however few

            Works through the running service if there is one. May be stopped at any time; nothing is lost, and it goes on where it was.
            """)

    @OptionGroup var data: DataOption
    @Flag(help: "Show what is sealed and what waits.") var status = false
    @Flag(help: "Do all that is due now.") var now = false
    @Flag(help: "With --now: seal the newest entries, too, though they do not fill a segment.") var sealTail = false
    @Flag(help: "Answer in JSON.") var json = false

    func validate() throws {
        guard status != now else { throw ValidationError("name one of --status and --now") }
        guard now || !sealTail else { throw ValidationError("--seal-tail goes with --now") }
    }

    func run() async throws {
        guard now else {
            return show(try await Workplace.run("compact.status", [:], on: data))
        }
        let answer = try await Workplace.run("compact.now", ["seal_tail": .bool(sealTail)], on: data)
        guard !json, let report = answer["status"] else { return show(answer) }
        let steps = answer["steps"]?.array ?? []
        if steps.isEmpty { print("nothing was due") }
        for step in steps { print("done: \(step.string ?? "")") }
        show(report)
    }

    private func show(_ report: JSONValue) {
        if json { return print(String(decoding: report.bytes, as: UTF8.self)) }
        func number(_ name: String) -> Int64 { report[name]?.integer ?? 0 }
        print("\(number("sealed")) of \(number("entries")) entries sealed in \(number("segments")) segments")
        print("  entries \(number("entry_bytes")) bytes, records \(number("record_bytes")) bytes")
        print("  \(number("records_held")) records held, \(number("records_erased")) erased")
        for level in report["index"]?.array ?? [] {
            func figure(_ name: String) -> Int64 { level[name]?.integer ?? 0 }
            print(
                "index level \(figure("level")): \(figure("runs")) runs, \(figure("keys")) keys, \(figure("bytes")) bytes, \(figure("memory")) in memory"
            )
        }
        print("journal: \(number("journal_files")) files")
        print(
            "waiting: \(number("waiting_to_seal")) entries to be sealed, \(number("waiting_to_pack")) segments to be packed for good, \(number("waiting_to_erase")) records to be erased"
        )
        if let step = report["now"]?.string { print("now: \(step)") }
        if let step = report["next"]?.string { print("next: \(step)") }
        if let failure = report["failure"]?.string { print("the last step failed and is tried again: \(failure)") }
    }
}
