import Catalogue
import Evidence
import LedgerMerkle
import LedgerStorage
import Synchronization

/// The newest day as far as it is durable: written by one queue, seen by every reader.
final class OpenDay: Sendable {
    struct Content {
        /// Bytes that are durable.
        var length = AccessFormat.headerByteCount
        /// Whole parts of the index on disk.
        var parts = 0
        /// The lines behind those parts.
        var tail = AccessSpan()

        var count: UInt32 { tail.first + UInt32(tail.count) }
    }

    let day: AccessDay
    let file: any DiskFile
    let content: Mutex<Content>

    init(day: AccessDay, file: any DiskFile, content: consuming Content = Content()) {
        self.day = day
        self.file = file
        self.content = Mutex(content)
    }
}

/// Appends to the newest day's file. Touched by one queue only.
final class AccessWriter {
    let folder: AccessFolder
    /// The day that lines go to; `nil` until the first one, and once its day was closed.
    private(set) var open: OpenDay?
    /// The time of the newest line, Unix ms.
    private(set) var lastTime: UInt64 = 0
    /// Lines go to no day before this one: those are closed or being closed.
    private(set) var firstDay: AccessDay

    /// Reads back what is there: cuts a torn tail, refuses other damage.
    ///
    /// - Durability: every line that was read back is durable on return.
    init(folder: AccessFolder, firstDay: AccessDay, lastTime: UInt64 = 0) throws {
        self.folder = folder
        self.firstDay = firstDay
        self.lastTime = lastTime
        guard let newest = try folder.days().last, newest >= firstDay else { return }
        try readBack(newest)
    }

    private func readBack(_ day: AccessDay) throws {
        let (file, length) = try folder.open(day, readOnly: false)
        file.dropCache()
        var content = OpenDay.Content()
        while let part = try AccessPart(folder, day, number: content.parts, log: file),
            part.start == content.tail.start, part.count == 1 << folder.partHeight
        {
            content.parts += 1
            content.tail = AccessSpan(first: part.first + UInt32(part.count), start: part.end)
        }
        let open = OpenDay(day: day, file: file, content: content)
        let (first, start) = (content.tail.first, content.tail.start)
        var newest: LoggedAccess?
        let end = try folder.walk(day, file, length: length, mayBeTorn: true) { frame, bytes in
            guard frame.index >= first else { return true }
            let line = try folder.seal.open(bytes, day: day, index: frame.index)
            let (leaf, key) = (line.leafHash, folder.seal.key(ofAct: line.line.act))
            open.content.withLock { $0.tail.append(offset: frame.offset, end: frame.end, leaf: leaf, key: key) }
            newest = line
            spillIfFull(open)
            return true
        }
        guard end.count >= first, end.offset >= start else {
            throw folder.damage(day, end.offset, "\(first) lines were there when its index was made")
        }
        try folder.cut(file, at: end.offset, length: length)
        // What was read back may never have been synced.
        try file.synchronize()
        try folder.disk.synchronizeDirectory(folder.path)
        open.content.withLock { $0.length = end.offset }
        if newest == nil, let last = end.last {
            newest = try folder.line(file, day, index: last.index, at: last.offset)
        }
        if let newest { lastTime = max(lastTime, newest.line.time) }
        firstDay = day
        self.open = open
    }

    /// The moment under which a line is recorded that came at a time, and its day.
    func place(_ time: UInt64) -> (time: UInt64, day: AccessDay) {
        let time = max(time, lastTime, firstDay.start)
        return (time, AccessDay(unixMilliseconds: time) ?? firstDay)
    }

    /// Lines go to no day before this one from now on.
    func pass(to day: AccessDay) {
        firstDay = max(firstDay, day)
        if let open, open.day < firstDay { self.open = nil }
    }

    /// Appends lines of one day in one sync.
    ///
    /// - Durability: on disk on return.
    /// - Returns: the number of the first line.
    func append(_ lines: [AccessLine], on day: AccessDay) throws -> UInt32 {
        if open?.day != day {
            open = OpenDay(day: day, file: try folder.create(day))
            firstDay = max(firstDay, day)
        }
        guard let open else { return 0 }
        let (start, first) = open.content.withLock { ($0.length, $0.count) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.count * 384)
        var added: [(offset: Int, end: Int, leaf: Digest, key: UInt64)] = []
        for (index, line) in zip(first..., lines) {
            let (salt, canonical) = (randomBytes(LoggedAccess.saltByteCount), line.canonicalBytes)
            let offset = start + bytes.count
            try folder.seal.appendFrame(
                salt: salt, canonical: canonical, day: day, index: index, batch: first, to: &bytes)
            let leaf = LoggedAccess.leafHash(salt: salt, canonical: canonical)
            added.append((offset, start + bytes.count, leaf, folder.seal.key(ofAct: line.act)))
        }
        try open.file.write(bytes, at: start)
        try open.file.synchronize()
        open.content.withLock { content in
            for line in added {
                content.tail.append(offset: line.offset, end: line.end, leaf: line.leaf, key: line.key)
            }
            content.length = start + bytes.count
        }
        if let last = lines.last { lastTime = max(lastTime, last.time) }
        spillIfFull(open)
        return first
    }

    /// Moves the index of the oldest lines to disk. Where that fails it stays in memory: the lines themselves are safe.
    private func spillIfFull(_ open: OpenDay) {
        let full = 1 << folder.partHeight
        while let part = open.content.withLock({ $0.tail.count >= full ? $0.tail.prefix(full) : nil }) {
            guard (try? folder.write(part, of: open.day, log: open.file, isLast: false)) != nil else { return }
            open.content.withLock { content in
                content.parts += 1
                content.tail.removeFirst(full)
            }
        }
    }
}

extension AccessFolder {
    /// Writes a part of the index. Not synced: a part that is not whole is made again.
    func write(_ span: AccessSpan, of day: AccessDay, log: any DiskFile, isLast: Bool) throws {
        let last = try log.read(count: AccessFormat.checksumByteCount, at: span.end - AccessFormat.checksumByteCount)
        guard last.count == AccessFormat.checksumByteCount else { throw damage(day, span.end, "it ends too early") }
        let bytes = AccessPart.encode(
            span, of: day, ledgerID: ledgerID, isLast: isLast,
            lastChecksum: last.withUnsafeBytes { $0.bigEndian(UInt64.self, at: 0) })
        let path = partPath(day, Int(span.first) >> partHeight)
        if disk.exists(path + ".new") { try disk.remove(path + ".new") }
        let file = try disk.open(path + ".new", readOnly: false, create: true)
        try file.write(bytes, at: 0)
        try disk.rename(path + ".new", to: path)
    }

    /// What a day that is over holds.
    struct Survey: Sendable {
        var count: UInt32 = 0
        var tree = CompactRange()
        var first: UInt64 = 0
        var last: UInt64 = 0
    }

    /// Reads a day that is over from its first line to its last, checks each, and makes the parts of its index. O(lines).
    ///
    /// - Parameters:
    ///   - makesIndex: false changes nothing on disk.
    ///   - mayBeTorn: the newest day's last batch may be half there.
    ///   - check: called every thousand lines; breaks off by throwing.
    /// - Throws: `StorageError` naming file and byte where it is not whole.
    func survey(
        _ day: AccessDay, makesIndex: Bool = true, mayBeTorn: Bool = false, _ check: () throws -> Void = {}
    ) throws -> Survey {
        let (file, length) = try open(day)
        file.dropCache()
        var survey = Survey()
        var span = AccessSpan()
        let end = try walk(day, file, length: length, mayBeTorn: mayBeTorn) { frame, bytes in
            if frame.index % 1024 == 0 { try check() }
            if makesIndex, span.count == 1 << partHeight {
                try write(span, of: day, log: file, isLast: false)
                span = AccessSpan(first: frame.index, start: frame.offset)
            }
            let logged = try seal.open(bytes, day: day, index: frame.index)
            guard logged.line.time >= max(survey.last, day.start), logged.line.time < day.next.start else {
                throw damage(day, frame.offset, "line \(frame.index) is not of its time")
            }
            if frame.index == 0 { survey.first = logged.line.time }
            survey.last = logged.line.time
            let leaf = logged.leafHash
            survey.tree.append(leaf)
            if makesIndex {
                span.append(
                    offset: frame.offset, end: frame.end, leaf: leaf, key: seal.key(ofAct: logged.line.act))
            }
            return true
        }
        if span.count > 0 { try write(span, of: day, log: file, isLast: true) }
        survey.count = end.count
        return survey
    }
}
