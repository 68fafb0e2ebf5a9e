import ArgumentParser
import Filing
import LedgerEngine
import LedgerStorage
import Receipts

/// A ledger of real receipts, filed as the service files them: parsed, checked, numbered, chained, encrypted.
struct ReceiptLedger {
    let data: DataFolder
    let count: Int
    /// Of the receipts as they came in.
    let jsonBytes: Int

    static let merchants = tins(64)
    private static let goods = [
        "Талх, хар, зүссэн 500 г", "Сүү 3.2 хувийн тослогтой 1 л", "Кофе, шар тостой", "Ус, хийгүй 1.5 л",
        "Бууз 10 ш, үхрийн мах",
        "Хуушуур 2 ш", "Цай, ногоон 100 г", "Тараг, үхрийн сүүний", "Гурил, дээд зэрэг 2 кг", "Будаа, цагаан 1 кг",
    ]

    /// Files that many, 256 at a time.
    static func make(_ run: BenchRun, count: Int) async throws -> ReceiptLedger {
        try await make(run.place.fresh("receipts"), count: count)
    }

    /// Files that many in a new folder, 256 at a time, and closes it.
    static func make(_ path: String, count: Int) async throws -> ReceiptLedger {
        let open = try await OpenReceiptDesk.make(path, disk: PosixDisk())
        let desk = open.desk
        let bytes = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<256 {
                group.addTask {
                    var bytes = 0
                    for number in stride(from: task, to: count, by: 256) {
                        let body = json(number)
                        bytes += body.count
                        _ = try await desk.file(body)
                    }
                    return bytes
                }
            }
            return try await group.reduce(0, +)
        }
        open.made.ledger.close()
        return ReceiptLedger(data: open.made.data, count: count, jsonBytes: bytes)
    }

    /// The taxpayer numbers of so many merchants.
    static func tins(_ count: Int) -> [String] { (0..<count).map { "\(37_900_800_000 + $0)" } }

    static func merchant(_ tin: String) -> Merchant {
        Merchant(tin: tin, name: "Жишээ дэлгүүр \(tin.suffix(2)) ХХК", vatPayer: true, cityTaxPayer: true)
    }

    /// A receipt of one item or two; no two receipts are equal.
    static func json(_ number: Int) -> [UInt8] {
        json(number, of: merchants[number % merchants.count], suffix: "\(number)")
    }

    /// - Parameter suffix: what tells equal receipts apart.
    static func json(_ number: Int, of tin: String, suffix: String) -> [UInt8] {
        let items = number % 6 == 0 ? [number] : [number, number / 6 + 3]
        let total = items.reduce(0) { $0 + price($1) * quantity($1) }
        let text = """
            {"branchNo":"\(number / 64 % 200 + 1)",\(amounts(total)),"districtCode":"25\(number % 9 + 10)","merchantTin":"\(tin)",\
            "posNo":"00\(number % 5)","type":"B2C_RECEIPT","billIdSuffix":"\(suffix)",\
            "consumerNo":"\(10_000_000 + number * 7919 % 89_999_999)","receipts":[{\(amounts(total)),"taxType":"VAT_ABLE",\
            "merchantTin":"\(tin)","bankAccountNo":"","items":[\(items.map(item).joined(separator: ","))]}],\
            "payments":[{"code":"\(number % 3 == 0 ? "CASH" : "PAYMENT_CARD")","status":"PAID","paidAmount":\(total)}]}
            """
        return Array(text.utf8)
    }

    private static func item(_ number: Int) -> String {
        """
        {"name":"\(goods[number % goods.count])","barCode":"\(barCode(number))",\
        "barCodeType":"GS1","classificationCode":"2349011","measureUnit":"ш","qty":\(quantity(number)),\
        "unitPrice":\(price(number)),\(amounts(price(number) * quantity(number)))}
        """
    }

    /// 13 digits of GS1, the last of which checks the others.
    private static func barCode(_ number: Int) -> Int {
        let digits = 865_000_000_000 + number * 104_729 % 99_999_999
        var (sum, rest, weight) = (0, digits, 3)
        while rest > 0 {
            sum += rest % 10 * weight
            (rest, weight) = (rest / 10, 4 - weight)
        }
        return digits * 10 + (10 - sum % 10) % 10
    }

    private static func quantity(_ number: Int) -> Int { number % 7 + 1 }
    private static func price(_ number: Int) -> Int { 1120 * (number % 40 + 1) }

    /// VAT of 10 % and city tax of 2 %, both within the total.
    private static func amounts(_ total: Int) -> String {
        "\"totalAmount\":\(total),\"totalVAT\":\(total / 1120 * 100),\"totalCityTax\":\(total / 1120 * 20)"
    }
}

/// A ledger with its receipt desk, where the merchants are enrolled. It packs receipts as the service does.
struct OpenReceiptDesk: Sendable {
    let made: BenchLedger
    let desk: ReceiptDesk

    /// Makes a ledger in a new folder.
    static func make(_ path: String, disk: any Disk) async throws -> OpenReceiptDesk {
        let data = try BenchLedger.folder(path)
        let keeping = try RecordKeeping(folder: data)
        let made = try BenchLedger.open(data, disk: disk, configuration: keeping.configured())
        let registrar = Registrar(ledger: made.ledger, vault: keeping.vault, secrets: keeping.secrets)
        let register = try IssuerRegister(registrar)
        for tin in ReceiptLedger.merchants {
            _ = try await register.enrol(.merchant(ReceiptLedger.merchant(tin)))
        }
        let desk = try ReceiptDesk(registrar: registrar, register: register, posNo: "10000001")
        return OpenReceiptDesk(made: made, desk: desk)
    }
}

/// What fills a folder for others, such as the test of a million receipts.
struct ReceiptFilling: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipts",
        abstract: "Files receipts in a new ledger; prints how many, their bytes as JSON, and the seconds.",
        shouldDisplay: false)

    @Option(help: "The folder to make.") var data: String
    @Option(help: "How many receipts.") var count: Int

    func run() async throws {
        let start = monotonicSeconds()
        let made = try await ReceiptLedger.make(data, count: count)
        print(made.count, made.jsonBytes, monotonicSeconds() - start)
    }
}
