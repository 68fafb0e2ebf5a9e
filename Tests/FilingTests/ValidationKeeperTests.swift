import Foundation
import LedgerMerkle
import LedgerStorage
import Testing

@testable import Filing

/// Lists of revoked certificates that are kept beside the ledger.
@Suite final class ValidationKeeperTests {
    private let path = NSTemporaryDirectory() + "validation-\(UUID().uuidString)"
    private let list = [UInt8](repeating: 0x30, count: 70_000)

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private enum Harm: CaseIterable {
        case deleted, shortened, overwritten
    }

    @Test(arguments: Harm.allCases) private func whatWasHarmedSinceIsMadeWholeByTheNextAct(_ harm: Harm) throws {
        let folder = ContentFolder(path: path)
        let keeper = ValidationKeeper(folder: folder)
        let digest = SHA256.hash(list)
        try keeper.keep(list, as: digest)
        #expect(try folder.bytes(of: digest) == list)
        let file = URL(fileURLWithPath: folder.file(of: digest))
        switch harm {
        case .deleted: try FileManager.default.removeItem(at: file)
        case .shortened: try Data(list.dropLast()).write(to: file)
        case .overwritten: try Data(list.dropLast() + [0x31]).write(to: file)
        }
        try keeper.keep(list, as: digest)
        #expect(try folder.bytes(of: digest) == list)
    }

    @Test func whatIsWholeIsNotWrittenAgain() throws {
        let folder = ContentFolder(path: path)
        let keeper = ValidationKeeper(folder: folder)
        let digest = SHA256.hash(list)
        try keeper.keep(list, as: digest)
        func number() throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: folder.file(of: digest))[.systemFileNumber] as? Int
        }
        let before = try number()
        try keeper.keep(list, as: digest)
        #expect(try before != nil && number() == before)
    }
}
