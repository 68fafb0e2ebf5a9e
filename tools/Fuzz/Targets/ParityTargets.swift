import LedgerMerkle

@testable import LedgerStorage

private let ledgerID = TreeHash.leaf(Array("fuzz".utf8))
private let covered = (0..<300).map { UInt8($0 * 7 % 251) }
private let parity: [UInt8] = {
    let disk = MemoryDisk(["/f": covered])
    try? ParityFile.write(for: "/f", disk: disk, ledgerID: ledgerID, stripeSize: 64)
    return disk["/f.parity"] ?? []
}()

let parityTargets = [
    FuzzTarget("parity-table") { bytes in
        let stamped = bytes.stampedParity(ledgerID: ledgerID)
        let length = stamped.withUnsafeBytes { ParityTable.byteCount(header: $0) } ?? stamped.count
        let part = Array(stamped.prefix(length))
        guard let table = part.withUnsafeBytes({ ParityTable($0) }) else { return }
        require(table.encoded() == part, "a table is written as it was read")
    },
    FuzzTarget("parity-file") { bytes in
        for bytes in [bytes, bytes.stampedParity(ledgerID: ledgerID)] {
            let disk = MemoryDisk(["/f": covered, "/f.parity": bytes])
            let found = try? ParityFile.check(path: "/f", disk: disk, ledgerID: ledgerID)
            guard (try? ParityFile.heal(path: "/f", disk: disk, ledgerID: ledgerID)) != nil else {
                require(disk["/f"] == covered && disk["/f.parity"] == bytes, "what is refused changes nothing")
                continue
            }
            require(found != nil, "what heals was checked")
            require(
                (try? ParityFile.check(path: "/f", disk: disk, ledgerID: ledgerID)) == [], "what is healed is whole")
        }
    },
    FuzzTarget("parity-covered") { bytes in
        let disk = MemoryDisk(["/f": bytes, "/f.parity": parity])
        let isHealed = (try? ParityFile.heal(path: "/f", disk: disk, ledgerID: ledgerID)) != nil
        require(disk["/f"] == (isHealed ? covered : bytes), "healed to the byte, or refused and left")
    },
]
