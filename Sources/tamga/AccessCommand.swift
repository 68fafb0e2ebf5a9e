import ArgumentParser
import CanonicalJSON
import Catalogue

struct AccessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access", abstract: "Who looked at whose acts: the access log and its daily roots.",
        discussion: """
            Every look-up of an act is a line of the log. When a day is over, the root over its lines becomes a public entry of the ledger: no
            line can be taken out later. A day is exported for an auditor, who recomputes its root, and a line is proved to the person whose
            act it is about.
              tamga access days --data ./ledger
              tamga access export --data ./ledger --day 2026-11-21 --out 2026-11-21.jsonl --root 2026-11-21.tlog-proof
              tamga access prove --data ./ledger --day 2026-11-21 --index 17 --out look.json
            """,
        subcommands: [Days.self, Export.self, Prove.self])

    struct Days: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the days, and the roots of those that are over.")
        @OptionGroup var data: DataOption

        func run() async throws {
            let answer = try await Workplace.run("access.days", [:], on: data)
            for day in answer["closed"]?.array ?? [] {
                print(
                    "\(day["day"]?.string ?? "")  \(day["lines"]?.string ?? "") lines, root \(day["root"]?.string ?? "") at index \(day["index"]?.integer ?? 0)"
                )
            }
            for day in answer["open"]?.array ?? [] { print("\(day.string ?? "")  no root yet") }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a day's lines as JSON lines, and the evidence of its root.",
            discussion: "The lines name acts and readers: they are for auditors.")
        @OptionGroup var data: DataOption
        @Option(help: "The day in Ulaanbaatar, yyyy-MM-dd.") var day: String
        @Option(help: "Where to write the lines.") var out: String
        @Option(help: "Where to write the evidence of the day's root.") var root: String?

        func run() async throws {
            var text: [UInt8] = []
            var from: Int64? = 0
            var count = 0
            while let first = from {
                let answer = try await Workplace.run(
                    "access.lines", ["day": .string(day), "from": JSONValue(first)], on: data)
                for line in answer["lines"]?.array ?? [] {
                    // Each ends its own line.
                    text += Array((line.string ?? "").utf8)
                    count += 1
                }
                from = answer["next"]?.integer
            }
            try Files.write(text, to: out)
            print("\(count) lines of \(day) in \(out)")
            guard let root else { return }
            let days = try await Workplace.run("access.days", [:], on: data)
            guard let closed = days["closed"]?.array?.first(where: { $0["day"]?.string == day }) else {
                throw Problem.accessDayOpen(["day": day])
            }
            try Files.write(Array((closed["evidence"]?.string ?? "").utf8), to: root)
            print("evidence of its root in \(root)")
        }
    }

    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prove one line under its day's root.")
        @OptionGroup var data: DataOption
        @Option(help: "The day in Ulaanbaatar, yyyy-MM-dd.") var day: String
        @Option(help: "The number of the line in its day, from 0.") var index: Int
        @Option(help: "Where to write the proof.") var out: String

        func run() async throws {
            let proof = try await Workplace.run(
                "access.proof", ["day": .string(day), "index": JSONValue(index)], on: data)
            try Files.write(proof.bytes + [0x0a], to: out)
            print("the line and its proof are in \(out); the root is entry \(proof["entry"]?.integer ?? 0)")
        }
    }
}
