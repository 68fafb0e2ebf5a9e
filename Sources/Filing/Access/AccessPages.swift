import LedgerStorage
import Synchronization

/// The content of a part of an index, page by page, each checked. The page that was read last is kept: all of a quiet day is in one.
final class AccessPages: Sendable {
    private let file: any DiskFile
    private let newest = Mutex<(page: Int, content: [UInt8])?>(nil)

    init(_ file: any DiskFile) {
        self.file = file
    }

    /// Bytes of the pages' content; `nil` when a page is not whole.
    func bytes(_ range: Range<Int>) throws -> [UInt8]? {
        let payload = AccessPart.pagePayload
        let pages = range.lowerBound / payload...(range.upperBound - 1) / payload
        let skipped = pages.lowerBound * payload
        let kept = newest.withLock { newest in
            newest.flatMap { pages == $0.page...$0.page ? $0.content : nil }
        }
        guard let content = try kept ?? read(pages) else { return nil }
        if pages.count == 1 { newest.withLock { $0 = (pages.lowerBound, content) } }
        return Array(content[(range.lowerBound - skipped)..<(range.upperBound - skipped)])
    }

    private func read(_ pages: ClosedRange<Int>) throws -> [UInt8]? {
        let (size, payload) = (AccessPart.pageByteCount, AccessPart.pagePayload)
        let raw = try file.read(count: pages.count * size, at: pages.lowerBound * size)
        guard raw.count == pages.count * size else { return nil }
        var content: [UInt8] = []
        content.reserveCapacity(raw.count)
        let isWhole = raw.withUnsafeBytes { raw in
            for start in stride(from: 0, to: raw.count, by: size) {
                let page = UnsafeRawBufferPointer(rebasing: raw[start..<start + payload])
                guard raw.bigEndian(UInt64.self, at: start + payload) == AccessFormat.checksum(page) else {
                    return false
                }
                content += page
            }
            return true
        }
        return isWhole ? content : nil
    }
}
