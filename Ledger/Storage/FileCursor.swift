import Glibc

/// Reads frames of one file through a window that moves forward.
final class FileCursor {
    enum Step {
        case whole(FrameHeader, UnsafeRawBufferPointer)
        case damaged(String)
        case end
    }

    static let windowByteCount = 4 << 20

    private let file: any DiskFile
    private let length: Int
    private var window: UnsafeMutableRawBufferPointer
    private var start = 0
    private var filled = 0

    init(file: any DiskFile, length: Int) {
        self.file = file
        self.length = length
        window = .allocate(byteCount: FileCursor.windowByteCount, alignment: 16)
    }

    deinit {
        window.deallocate()
    }

    func frame(at offset: Int, size: UInt64) throws -> Step {
        let head = try bytes(offset, FrameHeader.byteCount)
        guard head.count == FrameHeader.byteCount else {
            // The end of the file: whatever is left must be zero.
            return head.isZero ? .end : .damaged("bytes of no frame at the end of the file")
        }
        guard let header = FrameHeader(head) else {
            return try head.isZero && restIsZero(from: offset) ? .end : .damaged("not a frame header")
        }
        guard header.sizeBefore == size else {
            return .damaged("a frame of index \(header.sizeBefore) stands here")
        }
        guard header.count > 0, Int(header.bodyLength) <= JournalScanner.bodyLimit,
            Int(header.count) * JournalItem.leastByteCount <= Int(header.bodyLength)
        else {
            return .damaged("a frame with impossible lengths")
        }
        let whole = try bytes(offset, header.frameLength)
        guard whole.count == header.frameLength else { return .damaged("the file ends inside the frame") }
        let last = header.frameLength - FrameHeader.trailerByteCount
        guard whole.load(bigEndian: UInt64.self, at: last) == Checksum.of(whole.part(0, last)) else {
            return .damaged("the frame's checksum is wrong")
        }
        return .whole(header, whole.part(FrameHeader.byteCount, Int(header.bodyLength)))
    }

    /// Whether a frame header of a later batch stands anywhere after a damaged frame.
    ///
    /// A batch is written only after the one before it was synced, so a later one says that this one was whole.
    func laterFrameFollows(damagedAt offset: Int, size: UInt64) throws -> Bool {
        let head = try bytes(offset, FrameHeader.byteCount)
        var position = offset + 8
        // Inside a frame whose header is whole lies only its own body, which may hold anything.
        if let header = FrameHeader(head), header.sizeBefore == size { position = offset + header.frameLength }
        while position + FrameHeader.byteCount <= length {
            let part = try bytes(position, min(FileCursor.windowByteCount, length - position))
            guard part.count >= FrameHeader.byteCount else { return false }
            if FileCursor.holdsHeader(part, above: size) { return true }
            guard position + part.count < length else { return false }
            // The windows overlap: a header may lie across the end of one.
            position += (part.count - FrameHeader.byteCount) / 8 * 8 + 8
        }
        return false
    }

    /// Whether a header of a batch beyond `size` begins at a multiple of 8.
    private static func holdsHeader(_ bytes: UnsafeRawBufferPointer, above size: UInt64) -> Bool {
        guard let base = bytes.baseAddress else { return false }
        var position = 0
        while position + FrameHeader.byteCount <= bytes.count {
            // The first byte of the magic: zeros are skipped at memory speed.
            guard let found = memchr(base + position, Int32(FrameHeader.magic >> 24), bytes.count - position) else {
                return false
            }
            position = UnsafeRawPointer(found) - base
            if position % 8 == 0, position + FrameHeader.byteCount <= bytes.count,
                let header = FrameHeader(bytes.part(position, FrameHeader.byteCount)), header.sizeBefore > size
            {
                return true
            }
            position += 8 - position % 8
        }
        return false
    }

    /// Bytes of the file; fewer than asked for only at its end.
    private func bytes(_ offset: Int, _ count: Int) throws -> UnsafeRawBufferPointer {
        if offset < start || offset + count > start + filled {
            if count > window.count {
                window.deallocate()
                window = .allocate(byteCount: count, alignment: 16)
            }
            start = offset
            filled = try file.read(into: window, at: offset)
        }
        let available = min(count, start + filled - offset)
        return UnsafeRawBufferPointer(window).part(offset - start, max(0, available))
    }

    private func restIsZero(from offset: Int) throws -> Bool {
        var position = offset
        while position < length {
            let part = try bytes(position, min(FileCursor.windowByteCount, length - position))
            guard !part.isEmpty else { return true }
            guard part.isZero else { return false }
            position += part.count
        }
        return true
    }
}
