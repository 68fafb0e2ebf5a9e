/// Reads items that lie one behind another through a window that moves forward: one read for many items.
public struct JournalWindow {
    private static let byteCount = 1 << 20
    private static let largestItem = JournalItem.entryLimit + JournalItem.payloadLimit + 1024

    private let reader: JournalReader
    private var file = -1
    private var start = 0
    private var bytes: [UInt8] = []

    public init(_ reader: JournalReader) {
        self.reader = reader
    }

    /// Calls `body` with the item at a position.
    ///
    /// - Throws: `StorageError` when no item is there, `DiskError`, and what `body` throws.
    public mutating func item<Result>(
        at position: JournalPosition, _ body: (JournalItemView) throws -> Result
    ) throws -> Result {
        for count in [JournalWindow.byteCount, JournalWindow.largestItem] {
            if position.file == file, position.offset >= start {
                let result: Result? = try bytes.withUnsafeBytes { bytes in
                    try JournalItemView(bytes, at: position.offset - start).map(body)
                }
                if let result { return result }
            }
            bytes = try reader.bytes(at: position, count: count)
            (file, start) = (position.file, position.offset)
        }
        let result: Result? = try bytes.withUnsafeBytes { try JournalItemView($0, at: 0).map(body) }
        guard let result else { throw try reader.nothing(at: position) }
        return result
    }
}
