/// What may go wrong.
enum Fault: String, CaseIterable {
    /// The process dies at an operation; the machine, and its cache, live on.
    case processDeath = "process deaths"
    /// The machine dies at an operation; what was not synced is lost, kept, torn or reordered.
    case powerLoss = "power losses"
    case inputOutputError = "input/output errors"
    case diskFull = "full disks"
    case tooManyFiles = "too many open files"
    case shortWrite = "short writes"
    case syncFailure = "sync failures"
    case directorySyncFailure = "directory sync failures"
    case readError = "transient read errors"
    /// The kernel forgets cached pages that a failed sync left behind.
    case eviction = "evicted pages"
    case lostWrite = "lost writes"
    case misdirectedWrite = "misdirected writes"
    case bitFlip = "bit flips"
    /// The wall clock goes where the ledger must not follow.
    case clockJump = "clock jumps"
}

/// What came of the faults: not faults themselves.
enum Effect: String, CaseIterable {
    case duringOpening = "during opening"
    case dropped = "unsynced writes dropped"
    case torn512 = "torn at 512 bytes"
    case torn4096 = "torn at 4,096 bytes"
    case tornAnywhere = "torn at any byte"
    case reordered = "reordered"
    case namesLost = "names lost"
    case reported = "damage reported"
    case unreportable = "damage that nobody could have known of"
    case damagedPayloadServed = "damaged payloads served from the journal"
    case steps = "steps of compaction"
    case stepsFailed = "steps failed"
    case erased = "records erased"
    case erasedForGood = "erasures complete"
    case expired = "expired records met"
    case healed = "files healed by parity"
    case scrubbed = "rounds of scrubbing"
    case foundByScrubbing = "damaged files found by scrubbing"
}

/// How often each happened.
struct Tally {
    private(set) var faults = [Int](repeating: 0, count: Fault.allCases.count)
    private(set) var effects = [Int](repeating: 0, count: Effect.allCases.count)

    var faultCount: Int { faults.reduce(0, +) }

    // A case is always among all cases.
    mutating func note(_ fault: Fault) { faults[Fault.allCases.firstIndex(of: fault)!] += 1 }
    mutating func note(_ effect: Effect) { effects[Effect.allCases.firstIndex(of: effect)!] += 1 }

    func count(_ fault: Fault) -> Int { faults[Fault.allCases.firstIndex(of: fault)!] }
    func count(_ effect: Effect) -> Int { effects[Effect.allCases.firstIndex(of: effect)!] }

    static func + (a: Tally, b: Tally) -> Tally {
        var sum = a
        for number in sum.faults.indices { sum.faults[number] += b.faults[number] }
        for number in sum.effects.indices { sum.effects[number] += b.effects[number] }
        return sum
    }

    /// "kind: count" for all kinds of faults, and for what came of them.
    var texts: (faults: String, effects: String) {
        (
            zip(Fault.allCases, faults).map { "\($0.rawValue): \($1)" }.joined(separator: ", "),
            zip(Effect.allCases, effects).map { "\($0.rawValue): \($1)" }.joined(separator: ", ")
        )
    }
}

/// Everything that happens in a run, in order: a hash of it always, its lines when somebody wants to read them.
struct Trace {
    private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    private(set) var count = 0
    let isVerbose: Bool

    mutating func note(
        _ what: StaticString, _ numbers: Int..., about path: String = "", details: @autoclosure () -> String = ""
    ) {
        count += 1
        // Literals have one address within a process only: their length and first byte stand for them.
        mix(UInt64(what.utf8CodeUnitCount) << 8 | UInt64(what.utf8Start.pointee))
        for number in numbers { mix(UInt64(bitPattern: Int64(number))) }
        if isVerbose {
            let list = numbers.map(String.init).joined(separator: " ")
            print("\(count) \(what) \(path) \(list) \(details())")
        }
    }

    mutating func mix(_ word: UInt64) {
        hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        hash ^= hash >> 29
    }
}

/// What every part of one run shares: chance, the trace and the tally. A run lives on one thread.
final class World {
    /// Chance on the side of the disk; the workload has its own, so that a fault does not change what is filed next.
    var chance: Generator
    var trace: Trace
    var tally = Tally()

    init(seed: UInt64, isVerbose: Bool) {
        chance = Generator(seed: seed ^ 0xd15c)
        trace = Trace(isVerbose: isVerbose)
    }

    func strike(_ fault: Fault, at path: String = "", _ numbers: Int...) {
        tally.note(fault)
        trace.note("fault", Fault.allCases.firstIndex(of: fault)!, about: path, details: "\(fault.rawValue) \(numbers)")
    }
}

/// A promise that was broken: what the run fails with.
struct Violation: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
