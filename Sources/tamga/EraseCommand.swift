import ArgumentParser
import CanonicalJSON

struct EraseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase", abstract: "Remove the content of a record for good, and record that and why.",
        discussion: """
            The entry stays, and so does all evidence given out before. The content, the secret that opens it, and what it was found by go
            from the data folder; nobody can bring them back. Copies of the folder still hold them: a restored copy is erased again when it
            is opened with the journal that says so.
              tamga erase --data ./ledger --index 17 --basis "Personal data protection act, art. 14.1; decision 2026/17"
              tamga erase --data ./ledger --index 17 --basis "Баянзүрх дүүргийн шүүхийн 2026 оны 17 дугаар шийдвэр"

            The basis stays in the ledger for ever and everybody who asks for the record is shown it: name the law or the decision, and
            nothing personal (no names, register numbers or addresses). One line, at most 500 bytes.

            Only deed acts and receipts are erased. An act goes with all its changes, none of which is erased alone, and with those who were to
            be told of it. A record that is erased already is answered with its erasure, and what a crash left of it goes.
            """)

    @OptionGroup var data: DataOption
    @Option(help: "The entry's index.") var index: UInt64
    @Option(help: "The legal basis: the law or the decision, with nothing personal.") var basis: String

    func run() async throws {
        let input: JSONValue = ["index": .string(String(index)), "basis": .string(basis)]
        let answer = try await Workplace.run("record.erase", input, on: data)
        let place = "entry \(answer["erasure"]?.integer ?? 0)"
        if answer["repetition"]?.bool == true {
            print("the record of entry \(index) was erased before (\(place)): \(answer["basis"]?.string ?? "")")
        } else {
            print("the record of entry \(index) is erased; \(place) says so")
        }
    }
}
