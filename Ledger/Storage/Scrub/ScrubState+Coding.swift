public import LedgerMerkle

extension ScrubState {
    private static let magic = Array("TAMGAC01".utf8)
    /// The most bytes of an encoding.
    public static let byteLimit = 4 << 20

    /// The bytes of the file `scrub.state`.
    public func encoded(ledgerID: Digest) -> [UInt8] {
        var bytes = ScrubState.magic + ledgerID.bytes
        bytes.append(round == nil ? 0 : 1)
        if let round {
            bytes.append(
                numbers: round.started, round.end, round.next, round.segments, round.entries, round.byteCount)
        }
        bytes.append(last == nil ? 0 : 1)
        if let last {
            bytes.append(numbers: last.started, last.ended, last.segments, last.entries, last.byteCount, last.damaged)
        }
        bytes.append(bigEndian: UInt16(min(known.count, ScrubState.knownLimit)))
        for damage in known.prefix(ScrubState.knownLimit) { bytes += damage.encoded }
        bytes.append(bigEndian: UInt16(min(waiting.count, ScrubState.waitingLimit)))
        for result in waiting.suffix(ScrubState.waitingLimit) { bytes += result.encoded }
        bytes.append(bigEndian: Checksum.of(bytes))
        return bytes
    }

    /// Reads an encoding; `nil` unless it is whole and this ledger's.
    public init?(_ bytes: [UInt8], ledgerID: Digest) {
        let head = ScrubState.magic + ledgerID.bytes
        guard bytes.count <= ScrubState.byteLimit, bytes.starts(with: head),
            let state = try? ScrubState(reading: bytes, from: head.count), state.encoded(ledgerID: ledgerID) == bytes
        else { return nil }
        self = state
    }

    private init(reading bytes: [UInt8], from start: Int) throws {
        var cursor = ByteCursor(bytes[start...])
        if try cursor.flag() {
            var round = Round(started: try cursor.number(UInt64.self), end: try cursor.number(UInt64.self))
            round.next = try cursor.number(UInt64.self)
            round.segments = try cursor.number(UInt64.self)
            round.entries = try cursor.number(UInt64.self)
            round.byteCount = try cursor.number(UInt64.self)
            self.round = round
        }
        if try cursor.flag() {
            last = Summary(
                started: try cursor.number(UInt64.self), ended: try cursor.number(UInt64.self),
                segments: try cursor.number(UInt64.self), entries: try cursor.number(UInt64.self),
                byteCount: try cursor.number(UInt64.self), damaged: try cursor.number(UInt64.self))
        }
        known = try cursor.list(limit: ScrubState.knownLimit) { cursor throws(ByteCursor.Shortage) in
            try Damage(reading: &cursor)
        }
        waiting = try cursor.list(limit: ScrubState.waitingLimit) { cursor throws(ByteCursor.Shortage) in
            try Result(reading: &cursor)
        }
    }
}

extension ScrubState.Damage {
    fileprivate var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(numbers: found, segment, offset, index ?? .max)
        bytes.append(text: file)
        bytes.append(text: reason)
        return bytes
    }

    fileprivate init(reading cursor: inout ByteCursor) throws(ByteCursor.Shortage) {
        let found = try cursor.number(UInt64.self)
        let segment = try cursor.number(UInt64.self)
        let offset = try cursor.number(UInt64.self)
        let index = try cursor.number(UInt64.self)
        self.init(
            found: found, segment: segment, file: try cursor.text(limit: ScrubText.fileLimit), offset: offset,
            index: index == .max ? nil : index, reason: try cursor.text(limit: ScrubText.reasonLimit))
    }
}

extension ScrubState.Result {
    fileprivate var encoded: [UInt8] {
        var bytes: [UInt8] = [isRound ? 1 : 0]
        bytes.append(numbers: started, ended, segments, entries, byteCount, known)
        bytes.append(bigEndian: UInt16(damage.count))
        for damage in damage { bytes += damage.encoded }
        bytes.append(bigEndian: UInt16(healed.count))
        for file in healed { bytes.append(text: file) }
        return bytes
    }

    /// What tells this result from every other.
    public var digest: Digest {
        var hash = SHA256()
        hash.update(encoded)
        return hash.finalize()
    }

    fileprivate init(reading cursor: inout ByteCursor) throws(ByteCursor.Shortage) {
        let isRound = try cursor.flag()
        self.init(
            isRound: isRound, started: try cursor.number(UInt64.self), ended: try cursor.number(UInt64.self),
            segments: try cursor.number(UInt64.self), entries: try cursor.number(UInt64.self),
            byteCount: try cursor.number(UInt64.self), known: try cursor.number(UInt64.self),
            damage: try cursor.list(limit: ScrubState.resultLimit) { cursor throws(ByteCursor.Shortage) in
                try ScrubState.Damage(reading: &cursor)
            },
            healed: try cursor.list(limit: ScrubState.resultLimit) { cursor throws(ByteCursor.Shortage) in
                try cursor.text(limit: ScrubText.fileLimit)
            })
    }
}

extension [UInt8] {
    fileprivate mutating func append(numbers: UInt64...) {
        for number in numbers { append(bigEndian: number) }
    }

    fileprivate mutating func append(text: String) {
        append(bigEndian: UInt16(text.utf8.count))
        append(contentsOf: text.utf8)
    }
}

extension ByteCursor {
    fileprivate mutating func flag() throws(Shortage) -> Bool {
        let byte = try byte()
        guard byte <= 1 else { throw Shortage() }
        return byte == 1
    }

    fileprivate mutating func text(limit: Int) throws(Shortage) -> String {
        let count = Int(try number(UInt16.self))
        guard count <= limit, let text = String(validating: try bytes(count), as: UTF8.self) else { throw Shortage() }
        return text
    }

    fileprivate mutating func list<Element>(
        limit: Int, _ element: (inout ByteCursor) throws(Shortage) -> Element
    ) throws(Shortage) -> [Element] {
        let count = Int(try number(UInt16.self))
        guard count <= limit else { throw Shortage() }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }
}
