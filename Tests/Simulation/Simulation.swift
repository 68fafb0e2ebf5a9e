import LedgerMerkle
import LedgerStorage
import LedgerTransparency

@testable import LedgerEngine

/// One run of the whole engine: a disk, a clock, a workload and an oracle, all from one seed, on one thread.
final class Simulation {
    static let path = "/ledger"
    static let outside = "/elsewhere/signer.state"

    let seed: UInt64
    let canary: Canary?
    /// Chance on the side of the workload.
    var chance: Generator
    let world: World
    var disk: SimulatedDisk
    let clock = SimulatedClock()
    let folder: DataFolder
    let signer: NoteSigner
    var configuration = Ledger.Configuration()
    var oracle: Oracle
    var steps: LedgerSteps?
    /// What was handed in and has not been answered.
    var waiting: [(submission: Submission, answer: Answer, wasOpen: Bool)] = []
    /// Whether an operator accepted a clock in this run: the ledger forgets that when it closes.
    var acceptedClock = false
    var submissionCount: UInt64 = 0
    /// Every submission without a time of its own, to be handed in again.
    var repeatable: [Submission] = []
    /// Whether the wall clock shows what nobody may believe.
    var clockIsWrong = false
    var yearsPassed = 0
    /// Chance on the side of scrubbing, so that runs without it are what they would be.
    var scrubChance: Generator
    let habits: Habits

    /// What sets one run apart from another, so that rare mixtures come up.
    struct Habits {
        let actionCount: Int
        let hasLargePayloads: Bool
        let hasCorruption: Bool
        let weights: [Int]
    }

    /// What a ticket said, once it did.
    final class Answer: @unchecked Sendable {  // a run lives on one thread
        var result: Result<Acknowledgement, LedgerError>?
    }

    /// What a run leaves behind: two runs of a seed must leave the same.
    struct Outcome: Equatable {
        let traceHash: UInt64
        let imageHash: Digest
        let entryCount: Int
    }

    init(seed: UInt64, canary: Canary? = nil, isVerbose: Bool = false) throws {
        self.seed = seed
        self.canary = canary
        var chance = Generator(seed: seed)
        world = World(seed: seed, isVerbose: isVerbose)
        if canary == .chanceBesideTheSeed { world.chance = Generator(seed: .random(in: 0 ... .max)) }
        let hasSecondState = chance.isOne(in: 3)
        habits = Habits(
            actionCount: chance.within(35...75), hasLargePayloads: chance.isOne(in: 6),
            hasCorruption: chance.isOne(in: 2),
            weights: Action.all.map { action in
                // Each kind of trouble is left out of some runs and frequent in others.
                action.isTrouble ? action.weight * [0, 1, 1, 2, 3][chance.below(5)] : action.weight
            })
        configuration.publishIntervalMs = [1, 200, 1000][chance.below(3)]
        if chance.isOne(in: 3) { configuration.batchLimit = chance.within(1...4) }
        configuration.codec = CheckedRecords()
        configuration.tileLimit = [2, 8, 64][chance.below(3)]
        configuration.compaction.mergeFanIn = chance.within(2...3)
        if chance.isOne(in: 2) { configuration.compaction.retentionYears = [1: 1, 2: chance.within(1...5)] }
        configuration.random = SeededBytes(seed: seed).next
        scrubChance = Generator(seed: seed ^ 0x5c_12b)
        configuration.compaction.scrubDays = scrubChance.isOne(in: 2) ? scrubChance.within(1...400) : 0
        let segmentHeight = [2, 2, 3, 3, 4, 16][chance.below(6)]
        (disk, folder) = try Simulation.make(
            world, &chance, clock, segmentHeight: segmentHeight,
            secondState: hasSecondState ? Simulation.outside : nil)
        disk.bug = canary?.diskBug
        signer = NoteSigner(origin: folder.origin, key: try folder.signingKey(disk: disk))
        oracle = Oracle(verifierKey: folder.verifierKey)
        oracle.retentionYears = configuration.compaction.retentionYears
        self.chance = chance
    }

    /// Makes the data folder; power may be lost meanwhile. A folder with a configuration is whole, another one is none.
    private static func make(
        _ world: World, _ chance: inout Generator, _ clock: SimulatedClock, segmentHeight: Int,
        secondState: String?
    ) throws -> (SimulatedDisk, DataFolder) {
        var disk = SimulatedDisk(world: world)
        try disk.makeDirectory("/elsewhere")
        try disk.synchronizeDirectory("/")
        var path = Simulation.path
        while true {
            if chance.isOne(in: 8) { disk.arm(.powerLoss, in: chance.within(1...70)) }
            do {
                let folder = try DataFolder.create(
                    path: path, origin: "simulation.example/tamga", journalFileLength: JournalWriter.leastFileLength,
                    segmentHeight: segmentHeight,
                    signerStatePath: secondState.map { $0 + path.dropFirst(Simulation.path.count) }, disk: disk,
                    time: clock.now(), random: { chance.bytes($0) })
                disk.disarm()
                return (disk, folder)
            } catch {
                guard disk.isDead else { throw error }
                disk = disk.outlivePower()
                if disk.exists(path + "/ledger.conf") {
                    return (disk, try DataFolder.open(path: path, disk: disk))
                }
                path += "-again"
            }
        }
    }

    /// Runs to the end.
    ///
    /// - Throws: `Violation` for a broken promise.
    func run() throws -> Outcome {
        try open(after: .closed)
        let total = habits.weights.reduce(0, +)
        for _ in 0..<habits.actionCount {
            var pick = chance.below(total)
            let number = habits.weights.firstIndex { weight in
                pick -= weight
                return pick < 0
            }
            let action = Action.all[number ?? 0]
            world.trace.note("action", number ?? 0, Int(oracle.size), details: action.name)
            try action.run(self)
            if scrubChance.isOne(in: 12) { try scrub() }
            try attend()
        }
        return try finish()
    }

    /// The open ledger.
    var ledger: Ledger {
        guard let steps else { preconditionFailure("every action begins and ends with an open ledger") }
        return steps.ledger
    }

    /// Whether the medium may differ from an honest one.
    var mayLie: Bool { disk.nodes.contains { $0.honest != nil } }

    // MARK: Handing in and collecting

    /// Hands an entry in; it is answered in a later step.
    func submit(_ submission: Submission) throws {
        let wasOpen = oracle.isOpen(submission)
        oracle.submit(submission)
        do throws(LedgerError) {
            switch try ledger.submit(submission) {
            case .queued(let ticket):
                let answer = Answer()
                ticket.whenDone { answer.result = $0 }
                waiting.append((submission, answer, wasOpen))
            case .recorded(let index):
                guard oracle.index(of: submission) == index else {
                    throw LedgerError.stopped(
                        "recorded at \(index), promised at \(String(describing: oracle.index(of: submission)))")
                }
            }
        } catch {
            if case .stopped(let text) = error, text.hasPrefix("recorded at") { throw Violation("an entry is \(text)") }
            oracle.refuseUnlessOpen(submission, error, wasOpen: wasOpen)
        }
    }

    /// One round of the journal's owner, and everything that it promises.
    func step() throws {
        guard let steps else { return }
        steps.step()
        try collect()
        // A ledger that read itself back may hold what it had said it does not know of.
        while steps.ledger.size > oracle.size, !disk.isDead {
            let faults = world.tally.faultCount
            do {
                try oracle.adopt(steps.ledger)
            } catch {
                guard world.tally.faultCount > faults else { throw error }
            }
        }
        if disk.isDead { return }
        guard steps.ledger.size == oracle.size || steps.ledger.stopReason != nil else {
            throw Violation("\(oracle.size) entries were promised, the ledger goes on with \(steps.ledger.size)")
        }
        try oracle.note(steps.ledger.newestCheckpoint())
        try oracle.note(steps.ledger.publishedCheckpoint(), isPublished: true)
    }

    /// Rounds until everything queued is answered.
    func drain() throws {
        var rounds = 0
        repeat {
            try step()
            rounds += 1
            guard rounds < 1_000 else { throw Violation("\(waiting.count) submissions are never answered") }
        } while !waiting.isEmpty && !disk.isDead
    }

    /// Takes the answers that have come.
    func collect() throws {
        var round: [(Submission, Acknowledgement)] = []
        for (submission, answer, wasOpen) in waiting {
            switch answer.result {
            case .success(let acknowledgement): round.append((submission, acknowledgement))
            case .failure(let error): oracle.refuseUnlessOpen(submission, error, wasOpen: wasOpen)
            case nil: break
            }
        }
        waiting.removeAll { $0.answer.result != nil }
        if !round.isEmpty { world.trace.note("acknowledged", round.count, Int(round[0].1.index)) }
        try oracle.acknowledge(round)
    }

    // MARK: The end

    /// All trouble is over: the ledger must come back, take one more entry, lose nothing to a last loss of power, and show all of it.
    private func finish() throws -> Outcome {
        disk.disarm()
        try comeBack()
        try scrub()
        if disk.isDead { try attend() }
        if mayLie { try putRight() }
        try end(.powerLoss)
        try compactAll()
        try fileOne()
        try close()
        disk = disk.outlivePower(losing: true)
        try open(after: .powerLoss, undisturbed: true)
        for index in 0..<oracle.size { try read(index) }
        for size in oracle.sizes { try oracle.checkConsistency(ledger, from: size) }
        for number in 0..<oracle.evidenceCount { try oracle.checkEvidence(ledger, number) }
        try oracle.checkTiles(ledger)
        try close()
        disk = disk.outlivePower(losing: true)
        return Outcome(traceHash: world.trace.hash, imageHash: disk.imageHash, entryCount: Int(oracle.size))
    }

    /// With nothing in its way a ledger takes an entry.
    func fileOne() throws {
        let submission = makeSubmission()
        try submit(submission)
        try drain()
        guard oracle.index(of: submission) != nil else {
            // A damaged segment may hide whether the entry is there already.
            if mayLie { return }
            throw Violation(
                "nothing is in the way, but an entry was not taken: \(String(describing: ledger.stopReason))")
        }
    }

    func close() throws {
        steps?.close()
        try collect()
        steps = nil
    }
}
