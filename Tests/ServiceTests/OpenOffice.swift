import Filing
import Foundation
import LedgerEngine
import LedgerStorage
import LedgerTransparency
import Logging
import Receipts

@testable import Service

/// An office over a ledger in a temporary folder.
final class OpenOffice {
    let path: String
    let office: Office

    init() throws {
        path = NSTemporaryDirectory() + "service-\(UUID().uuidString)"
        let disk = PosixDisk()
        _ = try DataFolder.create(
            path: path, origin: "example.mn/test", journalFileLength: JournalWriter.leastFileLength,
            segmentHeight: DataFolder.defaultSegmentHeight, disk: disk, time: 1_770_881_502_000, random: randomBytes)
        let folder = try DataFolder.open(path: path, disk: disk)
        let keeping = try RecordKeeping(folder: folder, disk: disk)
        let signer = NoteSigner(origin: folder.origin, key: try folder.signingKey(disk: disk))
        let ledger = try Ledger.open(folder: folder, configuration: keeping.configured(), signer: signer)
        office = try Office(ledger: ledger, keeping: keeping, trust: nil)
    }

    deinit {
        office.ledger.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func server() throws -> Server {
        try Server(office: office, logger: Logger(label: "test"), descriptorLimit: 1024)
    }
}
