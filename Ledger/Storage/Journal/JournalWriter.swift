public import LedgerMerkle

/// Appends frames to the journal. Owned by one thread.
///
/// Files are zeroed before use, so that a sync need not make a new length or extent durable. The next file is zeroed in
/// steps as the present one fills: no append waits for 64 MiB of zeros, and a full disk is met before it hurts.
public final class JournalWriter {
    /// The usual length of a journal file, bytes.
    public static let defaultFileLength = 64 << 20
    /// The least length that leaves room for two largest items.
    public static let leastFileLength = 4 << 20
    /// The largest length: a position in a file fits 32 bits.
    public static let greatestFileLength = 1 << 32

    /// Bytes zeroed by one write.
    static let zeroStep = 1 << 20

    private let disk: any Disk
    private let directory: String
    private let ledgerID: Digest
    private let fileLength: Int
    private var files: [String]
    /// The journal's files in order.
    public var fileNames: [String] { files }
    private var current: any DiskFile
    private var currentLength: Int
    private var end: Int
    private var spare: Spare?
    /// Whether `makeRoom` failed where the next file may have its name already: the journal must be read back before more is
    /// appended.
    public private(set) var mustBeReadBack = false

    private struct Spare {
        let file: any DiskFile
        var zeroed = 0
    }

    /// Takes the journal over where a scan ended, after cutting what followed.
    ///
    /// - Durability: on return, everything before the end, the cut and the directory are durable.
    public init(disk: any Disk, directory: String, ledgerID: Digest, tail: JournalTail, fileLength: Int) throws {
        self.disk = disk
        self.directory = directory
        self.ledgerID = ledgerID
        self.fileLength = min(max(fileLength, JournalWriter.leastFileLength), JournalWriter.greatestFileLength)
        files = tail.files
        end = tail.end.offset
        let sparePath = "\(directory)/spare"
        if disk.exists(sparePath) { try disk.remove(sparePath) }
        if files.isEmpty {
            let name = JournalScanner.fileName(firstIndex: 0)
            current = try disk.open(sparePath, readOnly: false, create: true)
            currentLength = self.fileLength
            try zero(current, from: 0, to: currentLength)
            try start(current, name: name, firstIndex: 0, rootBefore: TreeHash.empty)
            current = try disk.open("\(directory)/\(name)", readOnly: false, create: false)
            end = JournalFileHeader.byteCount
            files = [name]
            return
        }
        current = try disk.open("\(directory)/\(files[tail.end.file])", readOnly: false, create: false)
        let header = try current.read(count: JournalFileHeader.byteCount, at: 0).withUnsafeBytes {
            JournalFileHeader($0)
        }
        currentLength = try max(current.size(), Int(header?.fileLength ?? 0))
        for name in try JournalScanner(disk: disk, directory: directory, ledgerID: ledgerID).files()
        where !files.contains(name) {
            // A further file can only have been begun by a batch that was never acknowledged; an earlier one is sealed.
            try disk.remove("\(directory)/\(name)")
        }
        if try tail.damage != nil || current.size() < currentLength { try zero(current, from: end, to: currentLength) }
        try current.synchronize()
        try disk.synchronizeDirectory(directory)
    }

    /// The largest body that a frame may have.
    public var bodyLimit: Int { min(8 << 20, fileLength / 4) }

    /// Where the next frame begins, if it fits there.
    public var position: JournalPosition { JournalPosition(file: files.count - 1, offset: end) }

    /// Makes sure that a frame fits into the present file, moving on to the next one when it does not.
    ///
    /// Comes before anything is staged, so that a full disk is an answer and not a loss.
    /// - Throws: `DiskError`: nothing has changed and the next call tries again, unless `mustBeReadBack` is set by then.
    ///
    /// - Parameter inNewFile: move on in any case, unless the present file is empty.
    public func makeRoom(
        forBody bodyLength: Int, sizeBefore: UInt64, rootBefore: Digest, inNewFile: Bool = false
    ) throws(DiskError) {
        let frameLength = FrameHeader.byteCount + bodyLength + 7 + FrameHeader.trailerByteCount
        let isLeft = inNewFile && end > JournalFileHeader.byteCount
        if isLeft || end + frameLength > currentLength { try rollOver(sizeBefore: sizeBefore, rootBefore: rootBefore) }
    }

    /// Writes one frame.
    ///
    /// - Precondition: `makeRoom` was called for it.
    /// - Returns: where the frame begins.
    /// - Durability: none before `synchronize` returns.
    public func append(_ frame: [UInt8]) throws(DiskError) -> JournalPosition {
        precondition(end + frame.count <= currentLength)
        let position = position
        try current.write(frame, at: end)
        end += frame.count
        return position
    }

    /// Makes every appended frame durable: one fdatasync.
    public func synchronize() throws(DiskError) {
        try current.synchronize()
    }

    /// Zeroes a further part of the next file, in proportion to what was just written.
    public func prepareNextFile(afterWriting count: Int) throws(DiskError) {
        // Start once half the present file is full, and go twice as fast as it fills.
        guard end * 2 > currentLength else { return }
        if spare == nil {
            spare = Spare(file: try disk.open("\(directory)/spare", readOnly: false, create: true))
        }
        try advanceSpare(by: max(count * 3, 64 << 10))
    }

    private func advanceSpare(by count: Int) throws(DiskError) {
        guard let spare, spare.zeroed < fileLength else { return }
        let target = min(fileLength, spare.zeroed + count)
        var zeroed = spare.zeroed
        while zeroed < target {
            let next = min(target, zeroed + JournalWriter.zeroStep)
            try zero(spare.file, from: zeroed, to: next)
            // Kept at each step: on a full disk the next attempt goes on where this one stopped.
            zeroed = next
            self.spare?.zeroed = zeroed
        }
        guard target == fileLength else { return }
        do throws(DiskError) {
            try spare.file.synchronize()
        } catch {
            // After a failed sync this descriptor is given up: the file is opened and zeroed anew.
            self.spare = nil
            throw error
        }
    }

    private func rollOver(sizeBefore: UInt64, rootBefore: Digest) throws(DiskError) {
        if spare == nil {
            spare = Spare(file: try disk.open("\(directory)/spare", readOnly: false, create: true))
        }
        try advanceSpare(by: fileLength)
        guard let spare else { return }
        let name = JournalScanner.fileName(firstIndex: sizeBefore)
        // If this fails the descriptor may be spoilt: the spare is begun anew.
        self.spare = nil
        try start(spare.file, name: name, firstIndex: sizeBefore, rootBefore: rootBefore)
        current = spare.file
        currentLength = fileLength
        end = JournalFileHeader.byteCount
        files.append(name)
    }

    /// Gives a zeroed file its header and its name. The header is durable before the name: a named file is whole.
    private func start(_ file: any DiskFile, name: String, firstIndex: UInt64, rootBefore: Digest) throws(DiskError) {
        let header = JournalFileHeader(
            ledgerID: ledgerID, firstIndex: firstIndex, rootBefore: rootBefore, fileLength: UInt64(fileLength))
        try file.write(header.encoded, at: 0)
        try file.synchronize()
        // From here on the new file may stand there already: nothing may be appended to the one before it any more.
        mustBeReadBack = true
        try disk.rename("\(directory)/spare", to: "\(directory)/\(name)")
        try disk.synchronizeDirectory(directory)
        mustBeReadBack = false
    }

    private func zero(_ file: any DiskFile, from start: Int, to end: Int) throws(DiskError) {
        let zeros = [UInt8](repeating: 0, count: min(JournalWriter.zeroStep, max(end - start, 0)))
        var position = start
        while position < end {
            let count = min(zeros.count, end - position)
            try zeros.withUnsafeBufferPointer { (buffer) throws(DiskError) in
                try file.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[0..<count])), at: position)
            }
            position += count
        }
    }
}
