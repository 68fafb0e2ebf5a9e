import LedgerStorage

/// A segment that was read again, and what was found.
struct ScrubbedSegment {
    let range: Range<UInt64>
    let byteCount: UInt64
    let damage: [ScrubState.Damage]
    /// When its reading began and ended, Unix ms.
    let began: UInt64
    let ended: UInt64
    /// It was read for itself, because damage is known in it: no round goes on by it.
    var isRecheck = false
}

/// What follows from what was read: no I/O, no clock.
extension ScrubState {
    /// Begins a round over the entries below an end; one that is under way is given up.
    mutating func begin(at time: UInt64, end: UInt64) {
        round = Round(started: time, end: end)
    }

    /// Takes a segment into the round, compares what was found with what is known, and states what is new.
    ///
    /// - Parameter end: sealed entries: a round that begins with this segment goes up to here.
    mutating func note(_ segment: ScrubbedSegment, end: UInt64) {
        let before = known.filter { $0.segment == segment.range.lowerBound }
        let found = segment.damage.filter { damage in !before.contains { $0.isSame(as: damage) } }
        let healed = before.map(\.file).filter { file in !segment.damage.contains { $0.file == file } }
        known.removeAll { $0.segment == segment.range.lowerBound }
        known += segment.damage.map { damage in before.first { $0.isSame(as: damage) } ?? damage }
        known = Array(known.prefix(ScrubState.knownLimit))

        var isComplete = false
        var read = Round(started: segment.began, end: end)
        read.add(segment)
        // A round that was begun over more than is there is of a newer copy of the store.
        let underWay = round.flatMap { $0.next < end ? $0 : nil }
        if !segment.isRecheck {
            read = underWay ?? Round(started: segment.began, end: end)
            if segment.range.contains(read.next) { read.add(segment) }
            isComplete = read.next >= min(read.end, end)
            round = isComplete ? nil : read
        }
        if isComplete {
            last = Summary(
                started: read.started, ended: segment.ended, segments: read.segments, entries: read.entries,
                byteCount: read.byteCount, damaged: UInt64(known.count))
        }
        guard isComplete || !found.isEmpty || !healed.isEmpty else { return }
        state(read, ended: segment.ended, isRound: isComplete, damage: found, healed: healed)
    }

    /// Runs of the index were made again: what was known of them is over.
    mutating func noteRemade(_ ranges: Set<Range<UInt64>>, at time: UInt64, indexFolder: String) {
        let healed = known.filter { damage in
            damage.file.hasPrefix(indexFolder) && ranges.contains { $0.contains(damage.segment) }
        }
        guard !healed.isEmpty else { return }
        known.removeAll { healed.contains($0) }
        let read = round ?? Round(started: time, end: 0)
        state(read, ended: time, isRound: false, damage: [], healed: healed.map(\.file))
    }

    private mutating func state(
        _ read: Round, ended: UInt64, isRound: Bool, damage: [Damage], healed: [String]
    ) {
        waiting.append(
            Result(
                isRound: isRound, started: read.started, ended: ended, segments: read.segments, entries: read.entries,
                byteCount: read.byteCount, known: UInt64(known.count), damage: damage, healed: healed))
        waiting = Array(waiting.suffix(ScrubState.waitingLimit))
    }
}

extension ScrubState.Round {
    fileprivate mutating func add(_ segment: ScrubbedSegment) {
        next = segment.range.upperBound
        segments += 1
        entries += UInt64(segment.range.count)
        byteCount += segment.byteCount
    }
}
