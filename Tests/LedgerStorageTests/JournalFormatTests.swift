import LedgerMerkle
import Testing

@testable import LedgerStorage

/// The bytes in FORMATS.md were made by another program from the tables on that page.
@Suite struct JournalFormatTests {
    private let page: FormatsPage
    private let ledgerID: Digest
    private let item: JournalItem

    init() throws {
        page = try FormatsPage()
        ledgerID = try #require(page.hex("ledger-id-example").flatMap { Digest($0) })
        item = JournalItem(
            entry: try #require(page.hex("entry-example")),
            keys: [DomainKey(purpose: 1, digest: SHA256.hash(Array("key".utf8)))], payload: Array("payload".utf8))
    }

    @Test func theFileHeaderIsAsThePageSays() throws {
        let header = JournalFileHeader(
            ledgerID: ledgerID, firstIndex: 0, rootBefore: TreeHash.empty,
            fileLength: UInt64(JournalWriter.defaultFileLength))
        #expect(header.encoded == page.hex("journal-header-example"))
        #expect(header.encoded.withUnsafeBytes { JournalFileHeader($0) } == header)
    }

    @Test func aFrameIsAsThePageSays() throws {
        let time: UInt64 = 1_764_028_800_000
        let encoded = FrameEncoder.encode([item], time: time, sizeBefore: 0, rootBefore: TreeHash.empty)
        #expect(encoded.frame == page.hex("journal-frame-example"))
        #expect(encoded.itemOffsets == [FrameHeader.byteCount])
        encoded.frame.withUnsafeBytes { bytes in
            let header = FrameHeader(bytes)
            #expect(header?.frameLength == bytes.count && header?.time == time && header?.count == 1)
            #expect(JournalItemView(bytes, at: FrameHeader.byteCount)?.item == item)
        }
    }

    @Test func framesOfEveryLengthBeginAtMultiplesOfEight() {
        for payload in 0..<17 {
            var item = item
            item.payload = [UInt8](repeating: 0xff, count: payload)
            let frame = FrameEncoder.encode([item, item], time: 1, sizeBefore: 5, rootBefore: .zero).frame
            let header = frame.withUnsafeBytes { FrameHeader($0) }
            #expect(frame.count % 8 == 0 && frame.count == header?.frameLength)
            #expect(header?.bodyLength == UInt32(2 * item.byteCount))
        }
    }

    @Test func reservedBytesMustBeZero() throws {
        // With the right checksum: only a later version could write them.
        var header = try #require(page.hex("journal-header-example"))
        header[100] = 1
        header.store(bigEndian: Checksum.of(Array(header[..<120])), at: 120)
        #expect(header.withUnsafeBytes { JournalFileHeader($0) } == nil)
        for byte in [12, 15, 64, 71] {
            var frame = try #require(page.hex("journal-frame-example"))
            frame[byte] = 1
            frame.store(bigEndian: Checksum.of(Array(frame[..<72])), at: 72)
            #expect(frame.withUnsafeBytes { FrameHeader($0) } == nil)
        }
    }

    @Test func aFileLengthThatCannotBeIsNoHeader() {
        for length in [0, 127, UInt64(1) << 32 + 1, UInt64.max] {
            let header = JournalFileHeader(ledgerID: ledgerID, firstIndex: 0, rootBefore: .zero, fileLength: length)
            #expect(header.encoded.withUnsafeBytes { JournalFileHeader($0) } == nil)
        }
    }

    @Test func anItemCutAnywhereIsNoItem() {
        var bytes: [UInt8] = []
        item.write(to: &bytes)
        #expect(bytes.count == item.byteCount)
        for count in bytes.indices {
            #expect(Array(bytes[..<count]).withUnsafeBytes { JournalItemView($0, at: 0)?.item } == nil)
        }
        #expect(bytes.withUnsafeBytes { JournalItemView($0, at: 0)?.item } == item)
    }

    @Test func anItemBeyondItsLimitsIsNoItem() {
        var bytes: [UInt8] = []
        JournalItem(entry: [1]).write(to: &bytes)
        bytes.append(contentsOf: [UInt8](repeating: 0, count: 2 << 20))
        bytes[3] = UInt8(JournalItem.keyLimit + 1)
        #expect(bytes.withUnsafeBytes { JournalItemView($0, at: 0)?.item } == nil)
        bytes[3] = 0
        bytes.store(bigEndian: UInt32(JournalItem.payloadLimit + 1), at: 4)
        #expect(bytes.withUnsafeBytes { JournalItemView($0, at: 0)?.item } == nil)
        bytes.store(bigEndian: UInt32(JournalItem.payloadLimit), at: 4)
        #expect(bytes.withUnsafeBytes { JournalItemView($0, at: 0)?.item.payload.count } == JournalItem.payloadLimit)
    }

    @Test func positionsPackIntoOneWord() {
        for position in [JournalPosition(file: 0, offset: 128), JournalPosition(file: 99_999, offset: (1 << 32) - 8)] {
            #expect(JournalPosition(packed: position.packed) == position)
        }
    }

    @Test func zerosAreTold() {
        for count in 0..<40 {
            var bytes = [UInt8](repeating: 0, count: count)
            #expect(bytes.withUnsafeBytes { $0.isZero })
            for place in 0..<count {
                bytes[place] = 1
                #expect(!bytes.withUnsafeBytes { $0.isZero })
                bytes[place] = 0
            }
        }
    }
}
