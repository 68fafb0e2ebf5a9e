import Catalogue
import Foundation
import LedgerEngine
import LedgerStorage
import Receipts
import Synchronization

@testable import Filing

/// A clock that a test moves.
final class HandClock: LedgerEngine.Clock, Sendable {
    private let time: Mutex<UInt64>

    init(_ time: UInt64) {
        self.time = Mutex(time)
    }

    func now() -> UInt64 { time.withLock { $0 } }
    func monotonic() -> UInt64 { now() }
    func advance(seconds: UInt64) { time.withLock { $0 += seconds * 1000 } }
}

/// A ledger in a temporary folder with one merchant, on a clock of its own; may be closed and opened again.
final class Desk {
    static let merchant = Merchant(tin: "37900846788", name: "Талх ХХК", vatPayer: true, cityTaxPayer: true)
    static let key = [UInt8](repeating: 9, count: 32)

    let path: String
    let clock = HandClock(1_770_881_502_000)
    private(set) var ledger: Ledger
    private(set) var registrar: Registrar
    private(set) var register: IssuerRegister
    private(set) var receipts: ReceiptDesk

    init(segmentHeight: Int = DataFolder.defaultSegmentHeight) throws {
        path = NSTemporaryDirectory() + "filing-\(UUID().uuidString)"
        _ = try DataFolder.create(
            path: path, origin: "example.mn/test", journalFileLength: JournalWriter.leastFileLength,
            segmentHeight: segmentHeight, disk: PosixDisk(), time: clock.now(), random: randomBytes)
        (ledger, registrar, register, receipts) = try Desk.open(path, clock)
    }

    deinit {
        ledger.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    func reopen() throws { try reopenAfter {} }

    /// - Parameter change: what happens while the ledger is closed.
    func reopenAfter(_ change: () throws -> Void) throws {
        ledger.close()
        try change()
        (ledger, registrar, register, receipts) = try Desk.open(path, clock)
    }

    private static func open(_ path: String, _ clock: HandClock) throws -> (
        Ledger, Registrar, IssuerRegister, ReceiptDesk
    ) {
        let disk = PosixDisk()
        let folder = try DataFolder.open(path: path, disk: disk)
        let signer = NoteSigner(origin: folder.origin, key: try folder.signingKey(disk: disk))
        let keeping = try RecordKeeping(folder: folder, disk: disk, clock: clock)
        let ledger = try Ledger.open(
            folder: folder, configuration: keeping.configured(), clock: clock, signer: signer)
        let registrar = Registrar(ledger: ledger, vault: keeping.vault, secrets: keeping.secrets)
        let register = try IssuerRegister(registrar)
        let receipts = try ReceiptDesk(registrar: registrar, register: register, clock: clock, posNo: "10000001")
        return (ledger, registrar, register, receipts)
    }

    /// A coffee for a whole number of tugrik, VAT and city tax inside.
    static func coffee(_ suffix: String = "01", corrects: String? = nil, pays invoice: String? = nil) -> [UInt8] {
        let inactive =
            (corrects.map { "\"inactiveId\":\"\($0)\"," } ?? "") + (invoice.map { "\"invoiceId\":\"\($0)\"," } ?? "")
        let text = """
            {"branchNo":"001","totalAmount":1120,"totalVAT":100,"totalCityTax":20,"districtCode":"2501",\(inactive)
            "merchantTin":"37900846788","posNo":"1","type":"B2C_RECEIPT","billIdSuffix":"\(suffix)","receipts":[{
            "totalAmount":1120,"totalVAT":100,"totalCityTax":20,"taxType":"VAT_ABLE","merchantTin":"37900846788","items":[{
            "name":"Кофе","barCode":null,"barCodeType":"UNDEFINED","classificationCode":"2349010","measureUnit":"ш","qty":1,
            "unitPrice":1120,"totalVAT":100,"totalCityTax":20,"totalAmount":1120}]}],
            "payments":[{"code":"CASH","status":"PAID","paidAmount":1120}]}
            """
        return Array(text.utf8)
    }

    /// The same coffee, to be paid later.
    static func invoice(_ suffix: String = "01") -> [UInt8] {
        let receipt = String(decoding: coffee(suffix), as: UTF8.self)
        return Array(
            receipt.replacingOccurrences(of: "B2C_RECEIPT", with: "B2C_INVOICE")
                .replacingOccurrences(of: "\"items\":", with: "\"bankAccountNo\":\"1000000001\",\"items\":").utf8)
    }

    static func returning(_ receipt: FiledReceipt) -> [UInt8] {
        Array("{\"id\":\"\(receipt.issued.id.text)\",\"date\":\"\(receipt.issued.date)\"}".utf8)
    }
}
