import Dispatch
import Foundation
import Synchronization
import Testing

/// Thousands of runs of the whole engine on a disk that fails in every way it can: `Fault` lists them.
///
/// Driven by the environment, so that `tools/simulate` can ask for other seeds: TAMGA_SIMULATION_FROM (1), TAMGA_SIMULATION_SEEDS
/// (2000), TAMGA_SIMULATION_CANARY (`only`, `none`, or both by default), TAMGA_SIMULATION_VERBOSE.
@Suite struct SimulationTests {
    /// A planted bug must be found within so many seeds.
    private static let canarySeeds = 200
    /// Of so many seeds one is run twice: both runs must leave the same.
    private static let replayInterval: UInt64 = 8
    private static let leastFaultsPerSeed = 10

    @Test func everySeedKeepsEveryPromiseAndEveryPlantedBugIsFound() throws {
        let asked = Asked(ProcessInfo.processInfo.environment)
        try #require(asked.seeds.count > 0, "no seed was run: nothing was shown")
        var summary = ""
        if asked.canary != "only" {
            let total = Mutex((tally: Tally(), failures: [UInt64: String](), entries: 0))
            DispatchQueue.concurrentPerform(iterations: asked.seeds.count) { number in
                let seed = asked.seeds.lowerBound + UInt64(number)
                let isReplayed = asked.seeds.count == 1 || seed % SimulationTests.replayInterval == 0
                let run = SimulationTests.run(seed, isReplayed: isReplayed, isVerbose: asked.isVerbose)
                total.withLock { total in
                    total.tally = total.tally + run.tally
                    total.entries += run.entryCount
                    total.failures[seed] = run.failure
                }
            }
            let (tally, failures, entries) = total.withLock { $0 }
            for (seed, failure) in failures.sorted(by: { $0.key < $1.key }) {
                Issue.record("seed \(seed): \(failure); again: tools/simulate --seed \(seed)")
            }
            let count = asked.seeds.count
            #expect(
                tally.faultCount >= SimulationTests.leastFaultsPerSeed * count || count < 100,
                "\(tally.faultCount) faults in \(count) seeds: too few to show anything")
            print("what came of them: \(entries) entries, \(tally.texts.effects)")
            summary =
                "\(count) seeds, \(failures.isEmpty ? "" : "\(failures.count) of them broken, ")\(tally.faultCount) faults (\(tally.texts.faults)), "
        } else {
            summary = "no seeds, "
        }
        var found = 0
        if asked.canary != "none" {
            for canary in Canary.allCases {
                let seed = SimulationTests.find(canary)
                #expect(
                    seed != nil,
                    "the planted bug \(canary.rawValue) is not found in \(SimulationTests.canarySeeds) seeds")
                if seed != nil { found += 1 }
            }
        }
        print("simulation: \(summary)\(found) canaries found")
    }

    private struct Run {
        var tally = Tally()
        var entryCount = 0
        var failure: String?
    }

    private static func run(
        _ seed: UInt64, canary: Canary? = nil, isReplayed: Bool, isVerbose: Bool = false
    ) -> Run {
        var run = Run()
        do {
            let simulation = try Simulation(seed: seed, canary: canary, isVerbose: isVerbose)
            defer { run.tally = simulation.world.tally }
            let outcome = try simulation.run()
            run.entryCount = outcome.entryCount
            if isReplayed {
                let again = try Simulation(seed: seed, canary: canary).run()
                if again != outcome { throw Violation("a second run of it differs: \(outcome), \(again)") }
            }
        } catch {
            run.failure = "\(error)"
        }
        return run
    }

    /// The seed that finds a planted bug.
    private static func find(_ canary: Canary) -> UInt64? {
        for seed in 1...UInt64(canarySeeds) {
            if let failure = run(seed, canary: canary, isReplayed: canary == .chanceBesideTheSeed).failure {
                print("planted bug \(canary.rawValue): found by seed \(seed): \(failure)")
                return seed
            }
        }
        return nil
    }

    private struct Asked {
        var seeds: Range<UInt64>
        var canary: String
        var isVerbose: Bool

        init(_ environment: [String: String]) {
            let first = environment["TAMGA_SIMULATION_FROM"].flatMap(UInt64.init) ?? 1
            let count = environment["TAMGA_SIMULATION_SEEDS"].map { UInt64($0) ?? 0 } ?? 2000
            seeds = first..<first + count
            canary = environment["TAMGA_SIMULATION_CANARY"] ?? ""
            isVerbose = environment["TAMGA_SIMULATION_VERBOSE"] != nil
        }
    }
}
