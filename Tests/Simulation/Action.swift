import LedgerMerkle
import LedgerStorage

@testable import LedgerEngine

/// Something that may happen next, and how often it does.
struct Action: Sendable {
    let name: String
    let weight: Int
    /// Whether a run's habits may leave it out or make it frequent.
    var isTrouble = false
    let run: @Sendable (Simulation) throws -> Void

    /// All that a run is made of. Each action begins with an open ledger; `Simulation.attend` follows it.
    static let all: [Action] = filing + reading + background + restarting + trouble

    private static let filing: [Action] = [
        Action(name: "file", weight: 20) { try $0.file($0.chance.within(1...3)) },
        Action(name: "file many", weight: 2) { try $0.file($0.chance.within(8...20)) },
        Action(name: "queue", weight: 6) { try $0.submit($0.makeSubmission()) },
        Action(name: "file again", weight: 6) { try $0.fileAgain() },
        Action(name: "step", weight: 8) { try $0.step() },
        Action(name: "let time pass", weight: 8) {
            $0.clock.advance($0.chance.within(0...3_000))
            try $0.step()
        },
    ]

    private static let reading: [Action] = [
        Action(name: "read", weight: 6) { try $0.readSome() },
        Action(name: "take evidence", weight: 8) { try $0.takeEvidence() },
        Action(name: "check evidence", weight: 3) { try $0.checkEvidence() },
        Action(name: "read beside", weight: 2) { try $0.readBeside() },
    ]

    /// Segments, the index, compaction, expiry and erasure: one bounded step of the background work an action, `erase` another,
    /// and their own checks in `reading`.
    private static let background: [Action] = [
        Action(name: "compact", weight: 12) { try $0.compact($0.chance.within(1...3)) },
        Action(name: "seal tail", weight: 2) { try $0.compact($0.chance.within(1...5), sealingTail: true) },
        Action(name: "erase", weight: 3) { try $0.erase() },
        Action(name: "erase for good", weight: 1) { try $0.eraseForGood() },
        Action(name: "let years pass", weight: 1) { try $0.letYearsPass() },
        Action(name: "compact beside a reader", weight: 2) { try $0.compactBeside() },
    ]

    private static let restarting: [Action] = [
        Action(name: "close", weight: 1) { try $0.end(.closed) }
    ]

    private static let trouble: [Action] = [
        Action(name: "die soon", weight: 3, isTrouble: true) {
            $0.disk.arm(.processDeath, in: $0.chance.within(1...25))
        },
        Action(name: "lose power soon", weight: 5, isTrouble: true) {
            $0.disk.arm(.powerLoss, in: $0.chance.within(1...25))
        },
        Action(name: "die now", weight: 1, isTrouble: true) { try $0.end(.processDeath) },
        Action(name: "lose power now", weight: 2, isTrouble: true) { try $0.end(.powerLoss) },
        fault("input/output error", .inputOutputError, 4, within: 15),
        fault("full disk once", .diskFull, 1, within: 4),
        fault("short write", .shortWrite, 2, within: 4),
        fault("sync failure", .syncFailure, 3, within: 4),
        fault("directory sync failure", .directorySyncFailure, 1, within: 2),
        fault("read error", .readError, 2, within: 8),
        fault("too many files", .tooManyFiles, 1, within: 4),
        Action(name: "full disk", weight: 1, isTrouble: true) { $0.disk.capacity = 0 },
        Action(name: "set clock back", weight: 2, isTrouble: true) {
            $0.clock.stepBack(by: $0.chance.within(1...3_000))
        },
        Action(name: "clock jump", weight: 1, isTrouble: true) { try $0.jumpClock() },
        Action(name: "lie", weight: 4, isTrouble: true) { $0.lie() },
        Action(name: "flip bit", weight: 4, isTrouble: true) { try $0.flipBit() },
    ]

    private static func fault(_ name: String, _ fault: Fault, _ weight: Int, within reach: Int) -> Action {
        Action(name: name, weight: weight, isTrouble: true) { $0.disk.arm(fault, in: $0.chance.within(1...reach)) }
    }
}

// MARK: What the actions do

extension Simulation {
    func makeSubmission() -> Submission {
        submissionCount += 1
        var entry = chance.bytes(
            chance.isOne(in: 60) ? JournalItem.entryLimit : chance.isOne(in: 4) ? chance.within(18...300) : 42)
        withUnsafeBytes(of: submissionCount.bigEndian) { entry.replaceSubrange(10..<18, with: $0) }
        var payload = chance.isOne(in: 4) ? 0 : chance.within(CheckedRecords.leastByteCount...1_500)
        if habits.hasLargePayloads, chance.isOne(in: 6) {
            payload = chance.within(100_000...(chance.isOne(in: 6) ? JournalItem.payloadLimit : 200_000))
        }
        // Few purposes and few values: later entries take over the keys of earlier ones.
        let keys = (0..<chance.below(3)).map { number in
            DomainKey(purpose: UInt8(1 + number), digest: TreeHash.leaf([UInt8(chance.below(40))]))
        }
        let item = JournalItem(
            entry: entry, keys: keys, payload: CheckedRecords.record(number: submissionCount, chance.bytes(payload)),
            retention: UInt8(chance.below(3)))
        let isStamped = chance.isOne(in: 2)
        let submission = Submission(item: item, timeOffset: isStamped ? 2 : nil, isUniqueLeaf: !isStamped)
        if !isStamped { repeatable.append(submission) }
        return submission
    }

    func file(_ count: Int) throws {
        for _ in 0..<count { try submit(makeSubmission()) }
        try step()
    }

    func fileAgain() throws {
        guard !repeatable.isEmpty else { return }
        try submit(repeatable[chance.below(repeatable.count)])
        if chance.isOne(in: 2) { try step() }
    }

    func readSome() throws {
        guard ledger.size > 0 else { return }
        for _ in 0..<4 where !disk.isDead { try read(UInt64(chance.below(Int(ledger.size)))) }
    }

    func takeEvidence() throws {
        guard let size = oracle.sizes.last(where: { $0 <= ledger.size && chance.isOne(in: 2) }), size > 0 else {
            return
        }
        let index = UInt64(chance.below(Int(size)))
        try reading { try oracle.takeEvidence(ledger, index: index, size: size) }
    }

    func checkEvidence() throws {
        guard oracle.evidenceCount > 0 else { return }
        let number = chance.below(oracle.evidenceCount)
        try reading { try oracle.checkEvidence(ledger, number) }
    }

    /// Opens the folder a second time, as `tamga audit` does beside the service.
    func readBeside() throws {
        let faults = world.tally.faultCount
        let changes = disk.changeCount
        do {
            let reader = try Ledger.openForReading(
                folder: folder, configuration: configuration, disk: disk, signer: signer)
            // It may see what the service does not know of: a batch whose signer's state was written, but not in all places. It
            // has signed for it, so that must stay, unless the batch itself is not on the medium.
            if reader.size > oracle.size {
                if disk.names.contains(where: { $0.key.hasSuffix(".journal") && $0.value.honest != nil }) { return }
                try oracle.adopt(reader)
            }
            try oracle.note(reader.newestCheckpoint())
        } catch let violation as Violation {
            throw violation
        } catch {
            guard mayLie || disk.nodes.contains(where: \.isCacheWrong) || world.tally.faultCount > faults else {
                throw Violation("a reader is refused: \(error)")
            }
        }
        guard disk.changeCount == changes else { throw Violation("a reader changed the folder") }
    }

    /// The wall clock goes where the ledger must not follow, and an operator says or sets what is right.
    func jumpClock() throws {
        try comeBack()
        guard !disk.isDead, ledger.stopReason == nil, oracle.size > 0 else { return }
        let isAhead = chance.isOne(in: 2)
        let distance =
            isAhead
            ? chance.within(chance.isOne(in: 2) ? 90_000_000...400_000_000 : 40_000_000_000...400_000_000_000)
            : -chance.within(20_000...80_000_000)
        // Behind what was last recorded, not only behind what was last seen.
        if !isAhead, Int(clock.now()) + distance + 5_000 >= Int(oracle.lastRecorded) { return }
        oracle.latest = max(oracle.latest, clock.now())
        world.strike(.clockJump, distance)
        clock.jump(by: distance)
        clockIsWrong = true
        // Nothing is let go by a clock that may not be believed.
        try compact(2)
        let size = oracle.size
        try submit(makeSubmission())
        try drain()
        guard oracle.size == size else {
            throw Violation("an entry was recorded by a clock that jumped by \(distance) ms")
        }
        if chance.isOne(in: 2) {
            ledger.acceptClock()
            acceptedClock = true
        } else {
            clock.jump(by: -distance)
        }
        clockIsWrong = false
        try fileOne()
    }

    /// A write to come is lost or misdirected, and acknowledged.
    func lie() {
        guard habits.hasCorruption else { return }
        disk.arm(chance.isOne(in: 2) ? .lostWrite : .misdirectedWrite, in: chance.within(1...6))
    }

    /// A bit flips: in a frame, in a header, in the unused rest, or in the signer's state.
    func flipBit() throws {
        guard habits.hasCorruption else { return }
        let isSealed = chance.isOne(in: 2)
        var paths = disk.names.keys.filter {
            isSealed == isSealedFile($0) && isEngineFile($0) && !$0.hasSuffix("spare")
        }
        .sorted()
        if paths.isEmpty { paths = disk.names.keys.filter { $0.hasSuffix(".journal") }.sorted() }
        let path = paths[chance.below(paths.count)]
        guard let node = disk.names[path], node.durable.count > 0 else { return }
        let frames = path.hasSuffix(".journal") ? Frame.all(in: node.durable) : []
        let used = frames.last?.range.upperBound ?? min(node.durable.count, 5_000)
        let byte: Int
        switch chance.below(6) {
        case 0: byte = chance.below(node.durable.count)
        case 1: byte = chance.below(min(used + 4096, node.durable.count))
        default: byte = chance.below(used)
        }
        disk.flipBit(chance.below(8), ofByte: byte, in: node, cacheToo: chance.isOne(in: 2))
        // Found out by a restart more often than by a reader.
        switch chance.below(4) {
        case 0: try readSome()
        case 1: try end(.closed)
        case 2: try end(chance.isOne(in: 2) ? .processDeath : .powerLoss)
        default: break
        }
    }
}
