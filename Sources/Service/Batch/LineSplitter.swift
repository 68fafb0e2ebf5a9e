import Glibc

/// Cuts a stream of bytes into lines, holding no more than one of them.
struct LineSplitter {
    enum Line: Equatable {
        /// Without its line feed, and a carriage return before it.
        case whole([UInt8])
        /// A line beyond the limit, whose bytes were let go.
        case tooLong
    }

    private let limit: Int
    private var begun: [UInt8] = []
    private var isTooLong = false

    /// - Parameter limit: the most bytes of a line.
    init(limit: Int) {
        self.limit = limit
    }

    /// The lines that end in these bytes. O(n).
    mutating func feed(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while let start = rest.baseAddress, let feed = memchr(start, 0x0a, rest.count) {
                let count = UnsafeRawPointer(feed) - start
                append(rest.prefix(count))
                lines.append(end())
                rest = rest.dropFirst(count + 1)
            }
            append(rest)
        }
        return lines
    }

    /// The last line, when it has no line feed.
    mutating func finish() -> Line? {
        begun.isEmpty && !isTooLong ? nil : end()
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
        guard !isTooLong else { return }
        guard begun.count + bytes.count <= limit else {
            isTooLong = true
            begun = []
            return
        }
        begun.append(contentsOf: bytes)
    }

    private mutating func end() -> Line {
        defer {
            begun = []
            isTooLong = false
        }
        if isTooLong { return .tooLong }
        if begun.last == 0x0d { begun.removeLast() }
        return .whole(begun)
    }
}

extension Slice where Base == UnsafeRawBufferPointer {
    fileprivate var baseAddress: UnsafeRawPointer? { UnsafeRawBufferPointer(rebasing: self).baseAddress }
}
