import LedgerStorage

/// Reads the frames of one day's file through a window that moves forward.
final class AccessCursor {
    enum Step {
        case whole(AccessFrame, UnsafeRawBufferPointer)
        case damaged
        case end
    }

    private let file: any DiskFile
    private let length: Int
    private let window: UnsafeMutableRawBufferPointer
    private var start = 0
    private var filled = 0

    init(file: any DiskFile, length: Int) {
        self.file = file
        self.length = length
        window = .allocate(byteCount: max(1 << 20, 2 * AccessFormat.mostFrame), alignment: 16)
    }

    deinit {
        window.deallocate()
    }

    /// The frame at an offset, which must be of this line.
    ///
    /// - Parameter batch: that of the line before, where it is known: this line goes on with it or begins one.
    func step(at offset: Int, index: UInt32, batch: UInt32?) throws -> Step {
        let bytes = try bytes(offset)
        if let frame = AccessFrame(bytes, at: offset), frame.index == index,
            frame.batch == index || batch == nil || frame.batch == batch
        {
            return .whole(frame, UnsafeRawBufferPointer(rebasing: bytes[..<frame.byteCount]))
        }
        return try restIsZero(from: offset) ? .end : .damaged
    }

    /// Whether a whole frame of a batch behind this line stands anywhere after an offset.
    ///
    /// A batch is written only after the one before it was synced, so a later one says that this one was whole.
    func laterBatchFollows(after offset: Int, line index: UInt32) throws -> Bool {
        var position = offset + 1
        while position < length {
            let bytes = try bytes(position, isFresh: true)
            // A length of at most 16 KiB begins with two zeros: all else is passed over quickly.
            let last = position + bytes.count < length ? bytes.count - AccessFormat.mostFrame : bytes.count - 4
            guard last > 0 else { return false }
            for place in 0..<last
            where bytes[place] == 0 && bytes[place + 1] == 0 && bytes[place + 3] | bytes[place + 2] != 0 {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
                if let frame = AccessFrame(rest, at: position + place), frame.batch > index { return true }
            }
            position += last
        }
        return false
    }

    private func restIsZero(from offset: Int) throws -> Bool {
        var position = offset
        while position < length {
            let bytes = try bytes(position)
            guard !bytes.isEmpty else { return true }
            guard bytes.allSatisfy({ $0 == 0 }) else { return false }
            position += bytes.count
        }
        return true
    }

    /// Bytes from an offset on: a whole frame's at least, unless the file ends before.
    private func bytes(_ offset: Int, isFresh: Bool = false) throws -> UnsafeRawBufferPointer {
        if isFresh || offset < start || min(offset + AccessFormat.mostFrame, length) > start + filled {
            start = offset
            filled = try file.read(
                into: UnsafeMutableRawBufferPointer(rebasing: window[..<min(window.count, max(0, length - offset))]),
                at: offset)
        }
        let end = max(offset - start, filled)
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(window)[(offset - start)..<end])
    }
}
