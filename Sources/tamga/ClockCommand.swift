import ArgumentParser
import CanonicalJSON

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Say that the clock is right when the ledger has stopped filing because of it.",
        subcommands: [Accept.self])

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Accept the clock of a running service.",
            discussion: """
                Filing stops when the clock is more than 5 s behind the newest entry, or more than a day ahead of what the ledger last saw.
                Set the clock right first; then:
                  tamga clock accept --data ./ledger
                """)

        @OptionGroup var data: DataOption

        func run() async throws {
            _ = try await Workplace.run("clock.accept", [:], on: data)
            print("the clock is accepted; filing goes on")
        }
    }
}
