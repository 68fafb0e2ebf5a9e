import LedgerEngine
import LedgerMerkle
import LedgerTransparency

private let signer = try? SigningKey(name: "ledger.example/tamga", seed: [UInt8](repeating: 1, count: 32))
private let configuration = Array(
    """
    tamga ledger v1
    origin ledger.example/tamga
    key \(signer?.verifierKey.description ?? "")
    journal-file-length 67108864

    """.utf8)

let engineTargets = [
    FuzzTarget("ledger-conf") { bytes in
        let folder = try DataFolder.open(path: "/d", disk: MemoryDisk(["/d/ledger.conf": bytes]))
        let again = try? DataFolder.open(path: "/d", disk: MemoryDisk(["/d/ledger.conf": bytes]))
        require(again?.ledgerID == folder.ledgerID, "a configuration means one ledger")
    },
    FuzzTarget("key-lines") { bytes in
        let disk = MemoryDisk([
            "/d/ledger.conf": configuration, "/d/keys/log.key": bytes, "/d/keys/store.key": bytes,
            "/d/keys/pepper.key": bytes,
        ])
        let folder = try DataFolder.open(path: "/d", disk: disk)
        if let key = try? folder.signingKey(disk: disk) {
            require(key.verifierKey == folder.verifierKey, "the key is the ledger's")
        }
        if let key = try? folder.storeKey(disk: disk) { require(key.count == 32, "a store key has 32 bytes") }
        if let key = try? folder.pepper(disk: disk) { require(key.count == 32, "a pepper has 32 bytes") }
    },
    FuzzTarget("signing-key") { bytes in
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let key = try SigningKey(parsing: text)
        require(try! key.encoded.utf8.elementsEqual(bytes), "a signing key is written as it was read")
    },
]
