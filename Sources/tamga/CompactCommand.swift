import ArgumentParser
import CanonicalJSON
import Evidence

struct CompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Show or do the background work: sealing, packing, indexing, letting go, reading again.",
        discussion: """
            A running service does this by itself, at a rate that leaves the disk to filing. Entries are sealed 65,536 at a time; their journal
            files are removed once the segment was written, read back and gave the root that was signed.
              tamga compact --data ./ledger --status
              tamga compact --data ./ledger --now
              tamga compact --data ./ledger --now --seal-tail    seal the newest entries, too, however few
              tamga compact --data ./ledger --now --scrub        read everything that is sealed or kept again, and check it

            What is sealed is read again every 30 days (`tamga serve --scrub-days`). The result is filed as an entry of its own; damage is filed at
            once, and `tamga repair` heals it. Kept documents and revocation data (`documents/`, `validation/`) are read as often; what is damaged
            there is put back from a backup, or, a document, handed in again by its notary (`tamga deed keep`).

            Works through the running service if there is one. May be stopped at any time; nothing is lost, and it goes on where it was.

            Exit codes: 0 done, 1 --scrub found damage, or some is left; 2 not a ledger or wrong usage.
            """)

    @OptionGroup var data: DataOption
    @Flag(help: "Show what is sealed and what waits.") var status = false
    @Flag(help: "Do all that is due now.") var now = false
    @Flag(help: "With --now: seal the newest entries, too, though they do not fill a segment.") var sealTail = false
    @Flag(help: "With --now: read everything that is sealed or kept again, due or not, as fast as the disk allows.")
    var scrub = false
    @Flag(help: "Answer in JSON.") var json = false

    func validate() throws {
        guard status != now else { throw ValidationError("name one of --status and --now") }
        guard now || !sealTail else { throw ValidationError("--seal-tail goes with --now") }
        guard now || !scrub else { throw ValidationError("--scrub goes with --now") }
    }

    func run() async throws {
        guard now else {
            return show(try await Workplace.run("compact.status", [:], on: data))
        }
        let answer = try await Workplace.run(
            "compact.now", ["seal_tail": .bool(sealTail), "scrub": .bool(scrub)], on: data)
        show(answer: answer)
        let damage = ["scrub", "kept_files"].compactMap { answer["status"]?[$0]?["damage"]?.array }
        if scrub, damage.contains(where: { !$0.isEmpty }) { throw ExitCode(1) }
    }

    private func show(answer: JSONValue) {
        guard !json, let report = answer["status"] else { return show(answer) }
        let steps = answer["steps"]?.array ?? []
        if steps.isEmpty { print("nothing was due") }
        for step in steps.map({ $0.string ?? "" }) { print(step.hasPrefix("not done") ? step : "done: \(step)") }
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
        if let scrub = report["scrub"] { show(scrub: scrub) }
        if let kept = report["kept_files"] { show(kept: kept) }
        if let step = report["now"]?.string { print("now: \(step)") }
        if let step = report["next"]?.string { print("next: \(step)") }
        if let failure = report["failure"]?.string { print("the last step failed and is tried again: \(failure)") }
    }

    private func time(_ value: JSONValue?) -> String? {
        value?.integer.flatMap { UlaanbaatarTime(unixMilliseconds: UInt64(max($0, 0))).rfc3339 }
    }

    private func show(kept: JSONValue) {
        if let last = kept["last_round"] {
            func number(_ name: String) -> Int64 { last[name]?.integer ?? 0 }
            print(
                "kept files read again: last ended \(time(last["ended"]) ?? "?"), \(number("documents")) documents, \(number("document_bytes")) bytes, \(number("validation")) files of revocation data, \(number("validation_bytes")) bytes"
            )
        }
        for place in kept["damage"]?.array ?? [] {
            func text(_ name: String) -> String { place[name]?.string ?? "" }
            print("DAMAGED: \(text("file")): \(text("reason")) (found \(time(place["found"]) ?? "?"))")
            print("  \(text("remedy"))")
        }
    }

    private func show(scrub: JSONValue) {
        let last = scrub["last_round"].map { last in
            "last ended \(time(last["ended"]) ?? "?"), \(last["segments"]?.integer ?? 0) segments, \(last["bytes"]?.integer ?? 0) bytes"
        }
        print("read again: \(last ?? "not yet")")
        if let next = scrub["next"]?.integer {
            let due = time(scrub["due"]).map { "due \($0)" } ?? "when asked for"
            print("  next: the segment from entry \(next) on, \(due)")
        }
        let damage = scrub["damage"]?.array ?? []
        for place in damage {
            let entry = place["entry"]?.integer.map { ", entry \($0)" } ?? ""
            print(
                "DAMAGED: \(place["file"]?.string ?? ""), byte \(place["byte"]?.integer ?? 0)\(entry): \(place["reason"]?.string ?? "") (found \(time(place["found"]) ?? "?"))"
            )
        }
        if !damage.isEmpty, let remedy = scrub["remedy"]?.string { print("  \(remedy)") }
    }
}
