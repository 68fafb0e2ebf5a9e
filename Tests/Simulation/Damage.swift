import LedgerMerkle

@testable import LedgerEngine
@testable import LedgerStorage

/// What the next opening will meet on a medium that lied.
struct Damage {
    /// The size below which nothing may be damaged without its being said.
    var watermark: UInt64 = 0
    var mustBeReported = false
    var isInJournal = false
    /// Files that lost promised entries which no state of the signer's covers: two losses at once, which nobody could know of. They
    /// are put right before the opening.
    var unknowable: [Node] = []
}

extension Simulation {
    /// Holds what the next opening will read against what an honest medium would show.
    ///
    /// - Throws: `Violation` when a checkpoint was given out before the signer's state was durable.
    func damage() throws -> Damage {
        var damage = Damage()
        for node in disk.nodes where node.honest.map({ $0.differences(from: node.durable).isEmpty }) == true {
            node.repair()
        }
        damage.watermark = try watermark()
        let journal = disk.names.keys.filter { parent(of: $0) == folder.journalPath && $0.hasSuffix(".journal") }
            .sorted()
        let sealed = sealedEnd
        for (number, path) in journal.enumerated() {
            guard let node = disk.names[path], let honest = node.honest else { continue }
            // Only the last file is read from the medium whatever the cache holds.
            let seen = path == journal.last ? node.afterwards(node.durable) : node.visible
            let right = node.afterwards(honest)
            let ranges = right.differences(from: seen)
            guard !ranges.isEmpty else { continue }
            damage.isInJournal = true
            // A batch that was lost before anybody was promised it, and that the next file does without, is none.
            let next = number + 1 < journal.count ? journal[number + 1] : ""
            let end = UInt64(next.dropFirst(folder.journalPath.utf8.count + 1).prefix(20)) ?? .max
            // What is sealed is read from its segment.
            if end <= sealed { continue }
            let frames = Frame.all(in: right).filter { $0.sizeBefore < end && $0.sizeBefore >= sealed }
            let hit = frames.filter { frame in ranges.contains { $0.overlaps(frame.range) } }
            if ranges.contains(where: { $0.lowerBound < JournalFileHeader.byteCount })
                || hit.contains(where: { $0.sizeBefore < damage.watermark })
            {
                damage.mustBeReported = true
            } else if let first = hit.first(where: { $0.sizeBefore < oracle.size }) {
                // A batch is written once the one before is durable: a whole one behind it says that it was.
                let last = frames.last { frame in !ranges.contains { $0.overlaps(frame.range) } }
                if let last, last.sizeBefore > first.sizeBefore {
                    damage.mustBeReported = true
                    continue
                }
                damage.unknowable.append(node)
            }
        }
        return damage
    }

    /// Up to where the manifests say that everything is sealed.
    var sealedEnd: UInt64 {
        disk.names.keys.filter { parent(of: $0) == folder.segmentsPath }
            .compactMap { SegmentNames(manifest: String($0.dropFirst(folder.segmentsPath.utf8.count + 1)))?.end }
            .max() ?? 0
    }

    /// The watermark that the ledger will go by: at least what was published, unless its files were damaged themselves.
    private func watermark() throws -> UInt64 {
        var found: UInt64 = 0
        var isHit = false
        for path in [folder.ownSignerStatePath, folder.signerStatePath].compactMap(\.self) {
            guard let node = disk.names[path] else { continue }
            isHit = isHit || node.honest != nil
            let seen = node.afterwards(node.durable)
            if let state = SignerStateFile.newest(in: seen.bytes(0..<seen.count))?.state {
                found = max(found, state.size)
            }
        }
        guard isHit || found >= oracle.published else {
            throw Violation("the signer's state says \(found) entries, but \(oracle.published) were published")
        }
        return found
    }
}

/// A batch in a journal file, read with no code of the ledger's.
struct Frame {
    let range: Range<Int>
    let sizeBefore: UInt64

    /// The frames of a file that is whole, as far as each continues the one before.
    static func all(in file: Pages) -> [Frame] {
        guard file.count >= 128 else { return [] }
        var frames: [Frame] = []
        var offset = 128
        var size = number(file.bytes(40..<48))
        while offset + 88 <= file.count {
            let header = file.bytes(offset..<offset + 80)
            guard header[0..<4].elementsEqual("TGB1".utf8), number(header[24..<32]) == size else { break }
            let end = offset + 80 + Int(number(header[8..<12]) + 7) / 8 * 8 + 8
            guard end <= file.count else { break }
            frames.append(Frame(range: offset..<end, sizeBefore: size))
            size += number(header[4..<8])
            offset = end
        }
        return frames
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
