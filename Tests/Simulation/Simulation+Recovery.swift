import LedgerStorage
import Synchronization

@testable import LedgerEngine

/// Dying, coming back, and what may be asked of a ledger then.
extension Simulation {
    /// How the last process ended.
    enum Ending { case closed, processDeath, powerLoss }

    /// Looks after the ledger once an action is over.
    func attend() throws {
        if let death = disk.death {
            try recover(from: death)
        } else if ledger.stopReason != nil {
            // Readers beside it go on, and must see nothing that does not stay.
            if chance.isOne(in: 3) { try readBeside() }
            if !disk.isDead, chance.isOne(in: 3) { try comeBack() }
            if let death = disk.death { try recover(from: death) }
        }
    }

    /// Starts again after the disk died under the ledger.
    private func recover(from death: Fault) throws {
        try collect()
        forget()
        disk = death == .processDeath ? disk.outliveProcess() : disk.outlivePower()
        try open(after: death == .processDeath ? .processDeath : .powerLoss)
    }

    /// Ends the process now, in whatever state it is, and starts again.
    func end(_ ending: Ending) throws {
        switch ending {
        case .closed:
            try close()
            if disk.isDead { return try recover(from: disk.death ?? .processDeath) }
            disk = disk.outliveProcess()
        case .processDeath:
            world.strike(.processDeath)
            forget()
            disk = disk.outliveProcess()
        case .powerLoss:
            world.strike(.powerLoss)
            forget()
            disk = disk.outlivePower()
        }
        try open(after: ending)
    }

    func forget() {
        waiting = []
        steps = nil
    }

    /// Lets a ledger that closed filing open it again: nothing fails any more, and time goes by.
    func comeBack() throws {
        disk.disarm()
        clock.advance(5_001)
        try drain()
        switch ledger.stopReason {
        case nil: return
        case .clockBehind, .clockAhead:
            ledger.acceptClock()
            acceptedClock = true
            try step()
            if let reason = ledger.stopReason {
                throw Violation("an accepted clock goes on stopping filing: \(reason)")
            }
        case .some(let reason):
            guard mayLie else { throw Violation("filing stays closed though nothing fails any more: \(reason)") }
            world.tally.note(.reported)
            forget()
            disk = disk.outliveProcess()
            disk.repair()
            try open(after: .processDeath)
        }
    }

    // MARK: Opening

    /// Opens the ledger, whatever happens meanwhile, and holds it against the oracle.
    ///
    /// - Parameter undisturbed: nothing fails meanwhile.
    func open(after ending: Ending, undisturbed: Bool = false) throws {
        var attempts = 0
        while true {
            attempts += 1
            guard attempts < 20 else { throw Violation("the ledger did not open in \(attempts) attempts") }
            let isDisturbed = !undisturbed && attempts <= 3 && chance.isOne(in: 3)
            if isDisturbed { disturb() }
            try canary?.tamper(with: self)
            let damage = try damage()
            for node in damage.unknowable {
                world.tally.note(.unreportable)
                node.repair()
            }
            let faults = world.tally.faultCount
            do {
                configuration.acceptsClock = acceptedClock
                let opened = try LedgerSteps(
                    folder: folder, configuration: configuration, disk: disk, clock: clock, signer: signer)
                if damage.mustBeReported {
                    throw Violation("the ledger opened over damage below its watermark of \(damage.watermark) entries")
                }
                world.trace.note("opened", Int(opened.ledger.size), attempts)
                steps = opened
                disk.disarm()
                return try welcome()
            } catch let violation as Violation {
                throw violation
            } catch {
                disk.disarm()
                let hasStruck = world.tally.faultCount > faults
                world.trace.note("not opened", attempts, details: "\(error)")
                if let death = disk.death {
                    world.tally.note(.duringOpening)
                    disk = death == .processDeath ? disk.outliveProcess() : disk.outlivePower()
                } else if hasStruck {
                    world.tally.note(.duringOpening)
                    disk = disk.outliveProcess()
                } else if mayLie {
                    guard error is StorageError || !damage.isInJournal else {
                        throw Violation("damage is reported as \(type(of: error)): \(error)")
                    }
                    world.tally.note(.reported)
                    disk = disk.outliveProcess()
                    disk.repair()
                } else {
                    throw Violation("a ledger on an honest disk does not open: \(error)")
                }
            }
        }
    }

    /// A second fault, during the recovery from the first.
    private func disturb() {
        let kinds: [Fault] = [
            .processDeath, .powerLoss, .powerLoss, .inputOutputError, .diskFull, .tooManyFiles, .syncFailure,
            .directorySyncFailure, .readError, .shortWrite,
        ]
        let kind = kinds[chance.below(kinds.count)]
        // An opening is about thirty operations long, most of them reads.
        let reach = kind == .syncFailure || kind == .directorySyncFailure ? 4 : kind == .shortWrite ? 2 : 32
        disk.arm(kind, in: chance.within(1...reach))
    }

    /// What a ledger that has just opened must show.
    private func welcome() throws {
        if let complaint = ledger.clockComplaint, !acceptedClock {
            throw Violation("the clock was never set, but stops filing: \(complaint)")
        }
        try oracle.adopt(ledger)
        try oracle.note(ledger.newestCheckpoint())
        try oracle.note(ledger.publishedCheckpoint(), isPublished: true)
        guard try ledger.newestCheckpoint().size == oracle.size else {
            throw Violation("the newest checkpoint is not of all entries")
        }
        guard oracle.size > 0 else { return }
        for _ in 0..<6 { try read(UInt64(chance.below(Int(oracle.size)))) }
        for index in oracle.size - min(oracle.size, 3)..<oracle.size { try read(index) }
        let sizes = oracle.sizes
        for _ in 0..<3 {
            let size = sizes[chance.below(sizes.count)]
            try reading { try oracle.checkConsistency(ledger, from: size) }
        }
        try checkEvidence()
    }

    /// Reads an entry back: what was promised, or, where the medium lies, an error.
    func read(_ index: UInt64) throws { try read(index, from: ledger) }

    /// - Parameter besides: the ledger is open beside the one that writes: what it opened may be gone.
    func read(_ index: UInt64, from ledger: Ledger, besides: Bool = false) throws {
        try reading(besides: besides) {
            guard Oracle.isEqual(try ledger.entry(at: index), oracle.items[Int(index)].entry) else {
                throw Violation("the entry at index \(index) is not what was promised")
            }
        }
        try reading(besides: besides) {
            let isSealed = ledger.state.withLock { index < $0.sealedEnd }
            switch oracle.judge(try ledger.record(at: index), at: index, besides: besides) {
            case .right: break
            case .expired: world.tally.note(.expired)
            case .changed:
                // In the journal the layer above finds it out: the ledger holds the entry alone against its hash.
                guard mayLie, !isSealed else { throw Violation("the record at index \(index) has changed") }
                world.tally.note(.damagedPayloadServed)
            case .wrong(let what): throw Violation("the record at index \(index) is \(what)")
            }
        }
        try reading(besides: besides) { try oracle.checkKeys(ledger, at: index, besides: besides) }
    }

    /// Reads something: where the medium lies, or fails meanwhile, an error is an answer.
    func reading(besides: Bool = false, _ body: () throws -> Void) throws {
        let faults = world.tally.faultCount
        do {
            try body()
        } catch let violation as Violation {
            throw violation
        } catch {
            if besides, let error = error as? DiskError, error.code == .notFound { return }
            guard mayLie || world.tally.faultCount > faults || disk.isDead else {
                throw Violation("nothing is in the way, but reading fails: \(error)")
            }
            world.trace.note("unreadable")
            if world.tally.faultCount == faults { world.tally.note(.reported) }
        }
    }
}
