import Catalogue
import Evidence
import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

/// The encrypted file of a kept document: what comes back, and what is found when it is not what was written.
@Suite struct DocumentFileTests {
    private static let chunk = DocumentFormat.chunkByteCount

    private func code(_ body: () throws -> Void) -> StorageError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StorageError)?.code
        }
    }

    @Test(arguments: [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 196_608 + 5])
    func everyLengthComesBack(_ count: Int) throws {
        let bytes = DocumentFixture.document(count)
        for piece in [1 + count / 3, 65_536, 1 << 20] {
            let fixture = DocumentFixture()
            let place = try DocumentFixture.place(7)
            #expect(try !fixture.keep(bytes, for: place, piece: piece))
            #expect(try fixture.read(SHA256.hash(bytes), of: place) == bytes)
            let head = try #require(try fixture.store.heads(of: place.commitment).first)
            #expect(head.byteCount == count && head.chunks == max(1, (count + 65_535) / 65_536))
            #expect(fixture.disk.bytes(fixture.path(place)).count == 129 + count + 16 * head.chunks)
        }
    }

    @Test func aFileThatEndsEarlyIsNeverTakenForWhole() throws {
        for count in [40, 2 * DocumentFileTests.chunk, 2 * DocumentFileTests.chunk + 40] {
            let bytes = DocumentFixture.document(count)
            let place = try DocumentFixture.place(7)
            let whole = DocumentFixture()
            try whole.keep(bytes, for: place)
            let file = whole.disk.bytes(whole.path(place))
            var cuts = Array(0..<(count == 40 ? file.count : 0))
            for border in [129, 145, 129 + 65_552, 145 + 65_552, 129 + 2 * 65_552, file.count - 16, file.count] {
                cuts += [border - 1, border, border + 1]
            }
            for length in Set(cuts) where (0..<file.count).contains(length) {
                let fixture = DocumentFixture(whole.disk.crashed(.nothing))
                fixture.disk.damage(fixture.path(place)) { $0 = Array($0.prefix(length)) }
                #expect(
                    code { _ = try fixture.read(SHA256.hash(bytes), of: place) } == .corrupt,
                    "\(length) of \(file.count)")
            }
            // Nor one that goes on.
            for added in [1, 16, 17, 65_552] {
                let fixture = DocumentFixture(whole.disk.crashed(.nothing))
                fixture.disk.damage(fixture.path(place)) { $0 += [UInt8](repeating: 0, count: added) }
                #expect(code { _ = try fixture.read(SHA256.hash(bytes), of: place) } == .corrupt, "\(added) more")
            }
        }
    }

    @Test func chunksKeepTheirPlaces() throws {
        let bytes = DocumentFixture.document(4 * DocumentFileTests.chunk)
        let place = try DocumentFixture.place(7)
        let whole = DocumentFixture()
        try whole.keep(bytes, for: place)
        let file = whole.disk.bytes(whole.path(place))
        let head = Array(file.prefix(129))
        let chunks: [[UInt8]] = (0..<4).map { number in
            let start = 129 + number * 65_552
            return Array(file[start..<start + 65_552])
        }
        let orders = [
            [1, 0, 2, 3], [0, 1, 3, 2], [0, 1, 2], [0, 1, 2, 2], [0, 1, 1, 3], [0, 2, 3], [3], [0, 1, 2, 3, 3],
            [3, 0, 1, 2],
        ]
        for order in orders {
            let fixture = DocumentFixture(whole.disk.crashed(.nothing))
            fixture.disk.damage(fixture.path(place)) { $0 = head + order.flatMap { chunks[$0] } }
            #expect(code { _ = try fixture.read(SHA256.hash(bytes), of: place) } == .corrupt, "\(order)")
        }
    }

    @Test func everyFlippedBitIsFound() throws {
        let bytes = DocumentFixture.document(60)
        let place = try DocumentFixture.place(7)
        let whole = DocumentFixture()
        try whole.keep(bytes, for: place)
        for byte in 0..<whole.disk.bytes(whole.path(place)).count {
            let fixture = DocumentFixture(whole.disk.crashed(.nothing))
            fixture.disk.flipBit(fixture.path(place), byte: byte, bit: byte % 8)
            let found = code { _ = try fixture.read(SHA256.hash(bytes), of: place) }
            #expect(found == ((8..<40).contains(byte) ? .foreignLedger : .corrupt), "byte \(byte)")
        }
    }

    @Test func aFileOpensForItsActItsSecretAndItsLedgerAlone() throws {
        let bytes = DocumentFixture.document(100)
        let digest = SHA256.hash(bytes)
        let fixture = DocumentFixture()
        let (one, other) = (try DocumentFixture.place(7), try DocumentFixture.place(8))
        try fixture.keep(bytes, for: one)
        try fixture.keep(bytes, for: other)
        let file = fixture.disk.bytes(fixture.path(one))
        #expect(fixture.disk.bytes(fixture.path(other)) != file, "each file has a key of its own")
        fixture.disk.damage(fixture.path(other)) { $0 = file }
        #expect(code { _ = try fixture.read(digest, of: other) } == .corrupt, "another act's file")
        #expect(code { _ = try fixture.read(digest, of: DocumentFixture.place(7, secret: 2)) } == .corrupt)
        let stranger = DocumentFixture(fixture.disk, ledgerID: TreeHash.leaf([1]))
        #expect(code { _ = try stranger.read(digest, of: one) } == .foreignLedger)
        #expect(try fixture.read(digest, of: one) == bytes)
    }

    @Test func theExampleOfThePageIsRead() throws {
        let example = try #require(try FormatsExamples().hex("kept-document-example"))
        let keys = Vault(storeKey: (0..<32).map { $0 }, pepper: [UInt8](repeating: 0, count: 32)).documents
        let ledgerID = try #require(
            Digest(hexadecimal: "c4d42d4e078dae5a7eca5cb73e61f85c6b589d1d826afcaf2bee5c7d12afe1d1"))
        let place = DocumentPlace(
            index: 7, commitment: try #require(Digest([UInt8](repeating: 0x22, count: 32))),
            secret: try #require(RecordSecret([UInt8](repeating: 0x11, count: 32))))
        #expect(keys.name(of: place.commitment, slot: 0) == hexadecimal(Array(example.prefix(32))))
        let fixture = DocumentFixture()
        let store = DocumentStore(
            path: DocumentFixture.folder, ledgerID: ledgerID, keys: keys, disk: fixture.disk,
            random: { [UInt8](repeating: 0x33, count: $0) })
        let bytes = Array("hello\n".utf8)
        var upload = try store.begin(SHA256.hash(bytes), of: place, limit: 6)
        try upload.append(bytes)
        _ = try store.commit(upload) {}
        let name = keys.name(of: place.commitment, slot: 0)
        #expect(fixture.disk.bytes("\(DocumentFixture.folder)/\(name)") == Array(example.dropFirst(32)))
    }

    @Test func namesAndBytesTellNothing() throws {
        let fixture = DocumentFixture()
        let place = try DocumentFixture.place(7)
        let documents = (0..<3).map { DocumentFixture.document(100, seed: $0) }
        for bytes in documents { try fixture.keep(bytes, for: place) }
        let other = DocumentFixture(seed: 2)
        for bytes in documents { try other.keep(bytes, for: try DocumentFixture.place(9)) }
        #expect(fixture.names.count == 3 && Set(fixture.names).isDisjoint(with: other.names))
        let all = fixture.names.flatMap { Array($0.utf8) + fixture.disk.bytes($0) }
        for bytes in documents {
            let digest = SHA256.hash(bytes)
            #expect(!contains(all, Array(digest.description.utf8)) && !contains(all, digest.bytes))
            #expect(!contains(all, Array(bytes.prefix(16))))
        }
        #expect(!contains(all, place.commitment.bytes))
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }
}
