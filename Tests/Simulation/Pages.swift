import Glibc

/// The bytes of a file in pages that copies share until one changes; a page of zeros takes no memory.
///
/// Pages have bytes, and so base addresses. Journal files are megabytes of zeros with a few frames in front: copying one, zeroing it and reading it back must cost next to
/// nothing, or there would be no thousands of runs.
struct Pages {
    static let pageByteCount = 16 << 10

    private var pages: [[UInt8]?] = []
    private(set) var count = 0

    /// Writes as a file is written: beyond the end it grows, with zeros in a gap.
    mutating func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        grow(to: offset + bytes.count)
        forEachPart(offset, bytes.count) { pages, page, start, done, count in
            Pages.place(UnsafeRawBufferPointer(start: base + done, count: count), in: &pages[page], at: start)
        }
    }

    mutating func zero(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        grow(to: range.upperBound)
        forEachPart(range.lowerBound, range.count) { pages, page, start, _, count in
            guard pages[page] != nil else { return }
            if count == Pages.pageByteCount {
                pages[page] = nil
            } else {
                pages[page]?.withUnsafeMutableBytes { _ = memset($0.baseAddress! + start, 0, count) }
            }
        }
    }

    /// Reads up to the end of the file; returns the bytes read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        let total = max(0, min(buffer.count, count - offset))
        guard total > 0, let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < total {
            let (page, start) = (offset + done).quotientAndRemainder(dividingBy: Pages.pageByteCount)
            let part = min(Pages.pageByteCount - start, total - done)
            if let bytes = pages[page] {
                bytes.withUnsafeBytes { _ = memcpy(base + done, $0.baseAddress! + start, part) }
            } else {
                memset(base + done, 0, part)
            }
            done += part
        }
        return total
    }

    func bytes(_ range: Range<Int>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
            initialized = read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        }
    }

    mutating func flipBit(_ bit: Int, ofByte byte: Int) {
        guard byte < count else { return }
        let changed = bytes(byte..<byte + 1)[0] ^ (1 << UInt8(bit))
        withUnsafeBytes(of: changed) { write($0, at: byte) }
    }

    /// Where two files differ, in ranges that end where at least 64 bytes are equal. Reads only what is not shared.
    func differences(from other: Pages) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for page in 0..<max(pages.count, other.pages.count) {
            let (a, b) = (Pages.page(pages, page), Pages.page(other.pages, page))
            if Pages.isSame(a, b) { continue }
            for range in Pages.differences(a ?? Pages.zeros, b ?? Pages.zeros) {
                let range =
                    page * Pages.pageByteCount + range.lowerBound..<page * Pages.pageByteCount + range.upperBound
                if let before = found.last, range.lowerBound - before.upperBound < 64 {
                    found[found.count - 1] = before.lowerBound..<range.upperBound
                } else {
                    found.append(range)
                }
            }
        }
        if count != other.count { found.append(min(count, other.count)..<max(count, other.count)) }
        return found
    }

    /// Calls `body` with every page that is not all zeros, in order.
    func forEachPage(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        for (number, page) in pages.enumerated() {
            guard let page, !Pages.isSame(page, nil) else { continue }
            page.withUnsafeBytes { body(number, $0) }
        }
    }

    private static let zeros = [UInt8](repeating: 0, count: pageByteCount)

    private static func page(_ pages: [[UInt8]?], _ number: Int) -> [UInt8]? {
        number < pages.count ? pages[number] : nil
    }

    private static func isSame(_ a: [UInt8]?, _ b: [UInt8]?) -> Bool {
        if a == nil, b == nil { return true }
        return (a ?? zeros).withUnsafeBytes { left in
            (b ?? zeros).withUnsafeBytes { right in
                left.baseAddress == right.baseAddress
                    || memcmp(left.baseAddress!, right.baseAddress!, pageByteCount) == 0
            }
        }
    }

    /// Where two pages differ, in blocks of 64 bytes, the first and last byte of each exactly.
    private static func differences(_ a: [UInt8], _ b: [UInt8]) -> [Range<Int>] {
        a.withUnsafeBytes { left in
            b.withUnsafeBytes { right in
                stride(from: 0, to: pageByteCount, by: 64).compactMap { block in
                    if memcmp(left.baseAddress! + block, right.baseAddress! + block, 64) == 0 { return nil }
                    var (first, last) = (block, block + 63)
                    while left[first] == right[first] { first += 1 }
                    while left[last] == right[last] { last -= 1 }
                    return first..<last + 1
                }
            }
        }
    }

    private mutating func grow(to end: Int) {
        count = max(count, end)
        let needed = (count + Pages.pageByteCount - 1) / Pages.pageByteCount
        if needed > pages.count { pages.append(contentsOf: repeatElement(nil, count: needed - pages.count)) }
    }

    private mutating func forEachPart(
        _ offset: Int, _ total: Int, _ body: (inout [[UInt8]?], Int, Int, Int, Int) -> Void
    ) {
        var done = 0
        while done < total {
            let (page, start) = (offset + done).quotientAndRemainder(dividingBy: Pages.pageByteCount)
            let part = min(Pages.pageByteCount - start, total - done)
            body(&pages, page, start, done, part)
            done += part
        }
    }

    private static func place(_ bytes: UnsafeRawBufferPointer, in page: inout [UInt8]?, at start: Int) {
        if page == nil {
            if bytes.isAllZero { return }
            page = zeros
        }
        page?.withUnsafeMutableBytes { _ = memcpy($0.baseAddress! + start, bytes.baseAddress!, bytes.count) }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether every byte is zero, at memory speed.
    var isAllZero: Bool {
        guard let base = baseAddress, count > 0 else { return true }
        return self[0] == 0 && memcmp(base, base + 1, count - 1) == 0
    }
}
