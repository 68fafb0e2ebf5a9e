import Catalogue
import Evidence
import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

/// Keeping and removing documents: once, whole, and over crashes, full disks and damage.
@Suite struct DocumentStoreTests {
    private struct Gone: Error {}

    private static let bytes = DocumentFixture.document(70_000)
    private static let digest = SHA256.hash(bytes)

    private func problem(_ body: () throws -> Void) -> Problem? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Failure)?.problem
        }
    }

    @Test func aDocumentIsKeptOnce() throws {
        let fixture = DocumentFixture()
        let place = try DocumentFixture.place(3)
        #expect(try !fixture.keep(Self.bytes, for: place))
        let file = fixture.disk.bytes(fixture.path(place))
        #expect(try fixture.keep(Self.bytes, for: place))
        #expect(fixture.names == [fixture.path(place)] && fixture.disk.bytes(fixture.path(place)) == file)
    }

    @Test func whatIsNotTheDocumentLeavesNothing() throws {
        let fixture = DocumentFixture()
        let place = try DocumentFixture.place(3)
        var upload = try fixture.store.begin(Self.digest, of: place, limit: 1 << 20)
        try upload.append(Array(Self.bytes.dropLast()))
        #expect(problem { _ = try fixture.store.commit(upload) {} } == .documentDiffers)
        #expect(problem { try fixture.keep(Self.bytes, for: place, limit: 69_999) } == .documentTooLarge)
        #expect(throws: Gone.self) { try fixture.keep(Self.bytes, for: place) { throw Gone() } }
        #expect(fixture.names.isEmpty)
        try fixture.keep(Self.bytes, for: place, limit: 70_000)
        #expect(try fixture.read(Self.digest, of: place) == Self.bytes)
    }

    @Test func aDamagedDocumentIsReplacedByWhoeverHandsItInAgain() throws {
        let fixture = DocumentFixture()
        let place = try DocumentFixture.place(3)
        let other = DocumentFixture.document(10)
        try fixture.keep(Self.bytes, for: place)
        try fixture.keep(other, for: place)
        fixture.disk.flipBit(fixture.path(place), byte: 66_000)
        #expect(throws: StorageError.self) { try fixture.read(Self.digest, of: place) }
        #expect(try fixture.read(SHA256.hash(other), of: place) == other, "the act's other documents are read")
        #expect(try !fixture.keep(Self.bytes, for: place))
        #expect(try fixture.read(Self.digest, of: place) == Self.bytes && fixture.names.count == 2)
        // Of a damaged header nobody can tell whose it is: nothing is given out for it, nothing put in its place.
        fixture.disk.flipBit(fixture.path(place), byte: 100)
        #expect(throws: StorageError.self) { try fixture.keep(Self.bytes, for: place) }
        #expect(try fixture.read(SHA256.hash(other), of: place) == other && fixture.names.count == 2)
    }

    @Test func allOfAnActGoesAndNothingElse() throws {
        let fixture = DocumentFixture()
        let (one, other) = (try DocumentFixture.place(3), try DocumentFixture.place(4))
        for seed in 0..<3 as Range<UInt8> { try fixture.keep(DocumentFixture.document(100, seed: seed), for: one) }
        try fixture.keep(Self.bytes, for: other)
        try fixture.store.remove(of: [one.commitment])
        #expect(fixture.names == [fixture.path(other)])
        let next = DocumentFixture(fixture.disk.crashed(.everything))
        #expect(next.names == [fixture.path(other)], "durably")
        try next.store.remove(of: [one.commitment])
        #expect(try next.read(Self.digest, of: other) == Self.bytes)
    }

    /// Does something, with power lost at each operation in turn, and starts again under each kind of loss.
    private func crashEverywhere(
        _ prepare: (DocumentFixture) throws -> Void, _ work: (DocumentFixture) throws -> Void,
        _ check: (DocumentFixture, _ isDone: Bool) throws -> Void
    ) throws {
        var step = 1
        while true {
            let fixture = DocumentFixture()
            try prepare(fixture)
            fixture.disk.crash(atOperation: fixture.disk.operationCount + step)
            let isDone = (try? work(fixture)) != nil
            for loss in [FaultyDisk.Loss.nothing, .everything] + (0..<6).map({ .random(seed: $0) }) {
                let next = DocumentFixture(fixture.disk.crashed(loss), seed: 100)
                try next.store.settle()
                #expect(next.names.allSatisfy { !$0.hasSuffix(".new") }, "step \(step), \(loss)")
                try check(next, isDone)
            }
            if !fixture.disk.isDead { return }
            step += 1
            guard step < 200 else { throw Gone() }
        }
    }

    @Test func whatWasAnsweredSurvivesEveryCrash() throws {
        let place = try DocumentFixture.place(3)
        let first = DocumentFixture.document(10)
        try crashEverywhere({ try $0.keep(first, for: place) }, { try $0.keep(Self.bytes, for: place) }) {
            next, isKept in
            let found = try next.read(Self.digest, of: place)
            #expect(found == nil ? !isKept : found == Self.bytes, "whole or not there")
            #expect(try next.read(SHA256.hash(first), of: place) == first)
            // Sent again it is there in any case, once.
            _ = try next.keep(Self.bytes, for: place)
            #expect(try next.read(Self.digest, of: place) == Self.bytes && next.names.count == 2)
        }
    }

    @Test func removingIsFinishedAfterEveryCrash() throws {
        let (place, other) = (try DocumentFixture.place(3), try DocumentFixture.place(4))
        try crashEverywhere(
            { fixture in
                for seed in 0..<3 as Range<UInt8> {
                    try fixture.keep(DocumentFixture.document(100, seed: seed), for: place)
                }
                try fixture.keep(Self.bytes, for: other)
            }, { try $0.store.remove(of: [place.commitment]) },
            { next, isRemoved in
                if isRemoved { #expect(next.names.count == 1) }
                // As the next start does.
                try next.store.remove(of: [place.commitment])
                #expect(next.names == [next.path(other)], "no file is out of reach behind one that went")
            })
    }

    @Test func aDiskThatRefusesLeavesNothingAndIsTriedAgain() throws {
        let place = try DocumentFixture.place(3)
        var step = 1
        while true {
            let fixture = DocumentFixture()
            let first = fixture.disk.operationCount
            fixture.disk.fail(operation: first + step, with: .full)
            let refused = problem { try fixture.keep(Self.bytes, for: place) }
            if refused == nil { break }
            #expect(refused == .ledgerDiskFull, "step \(step)")
            #expect(fixture.names.allSatisfy { !$0.hasSuffix(".new") }, "step \(step)")
            _ = try fixture.keep(Self.bytes, for: place)
            #expect(try fixture.read(Self.digest, of: place) == Self.bytes && fixture.names.count == 1)
            step += 1
        }
        #expect(step > 5)
    }

    @Test func aFullDiskIsSaidInTheMiddle() throws {
        let fixture = DocumentFixture()
        fixture.disk.limit(capacity: 67_000)
        #expect(problem { try fixture.keep(Self.bytes, for: try DocumentFixture.place(3)) } == .ledgerDiskFull)
        #expect(fixture.names.isEmpty)
    }
}
