import Evidence
import LedgerMerkle
import Receipts

/// Receipts as a country's tills might send them, from a seed: merchants and goods by Zipf's law, Cyrillic names, random numbers.
///
/// Uses only public declarations, so that a bench can compile this file as well. The request bodies have 840 bytes on average.
struct SyntheticReceipts {
    /// A filed receipt, as the ledger keeps it.
    struct Filed {
        /// The body of the request.
        let body: [UInt8]
        let stored: StoredRecord
        let entry: [UInt8]
    }

    private struct Shop {
        let tin: String
        let branches: Int
        let tills: Int
        let district: String
        let isVATPayer: Bool
        var previous: Digest?
        var filed = 0
        var numbers: [String: Int] = [:]
    }

    private struct Goods {
        let name: String
        let barCode: String
        let classification: String
        let unit: String
        let price: Int
        let taxProduct: String?
        let hasCityTax: Bool
    }

    private var random: SplitMix
    private var shops: [Shop]
    private let goods: [Goods]
    private let shopShares: [Double]
    private let goodsShares: [Double]
    private var time: Int64 = 1_770_881_502_000
    private let numbering: ReceiptNumbering

    /// - Parameters:
    ///   - shops: how many merchants there are.
    ///   - goods: how many kinds of goods.
    init(seed: UInt64, shops shopCount: Int = 400, goods goodsCount: Int = 3000) throws {
        var random = SplitMix(state: seed)
        shops = (0..<shopCount).map { _ in
            Shop(
                tin: "\(30_000_000_000 + random.below(69_999_999_999))", branches: 1 + random.below(4),
                tills: 1 + random.below(6),
                district: ["23", "24", "25", "26", "34", "35", "19", "20"][random.below(8)]
                    + padded(1 + random.below(5), 2),
                isVATPayer: random.below(10) > 0)
        }
        goods = (0..<goodsCount).map { _ in SyntheticReceipts.article(&random) }
        shopShares = SyntheticReceipts.zipf(shopCount)
        goodsShares = SyntheticReceipts.zipf(goodsCount)
        numbering = try ReceiptNumbering(posNo: "10012619")
        self.random = random
    }

    /// The next receipt, with a secret of 32 random bytes.
    mutating func next() throws -> Filed {
        time += Int64(random.below(100))
        let shop = pick(shopShares)
        let body = Array(request(of: shops[shop]).utf8)
        let request = try ReceiptRequest.parse(body)
        let date = ReceiptTime(unixMilliseconds: time)
        let numbers = try numbering.numbers(
            merchant: request.merchant, branch: request.branch, at: date,
            sequence: shops[shop].numbers[request.branch, default: 0], subReceipts: request.receipts.count)
        shops[shop].numbers[request.branch] = numbers.next
        var fields = IssuedReceipt(request: request, numbers: numbers, date: date).fields
        fields["chain"] = "operator"
        fields["sequence"] = String(shops[shop].filed)
        fields["previous"] = shops[shop].previous?.description
        guard let secret = RecordSecret((0..<32).map { _ in UInt8(random.below(256)) }) else { fatalError("32 bytes") }
        let record = try Record(kind: .receipt, secret: secret, fields: fields)
        let commitment = record.commitment
        shops[shop].previous = commitment
        shops[shop].filed += 1
        let entry = Entry(kind: .receipt, recorded: UInt64(time), commitment: commitment)
        return Filed(body: body, stored: try StoredRecord(record), entry: entry.encoded)
    }

    // MARK: Bodies

    private mutating func request(of shop: Shop) -> String {
        var taxed: [String] = []
        var free: [String] = []
        var (taxedSum, freeSum) = (Sum(), Sum())
        var count = 1
        while count < 9, random.below(100) < 44 { count += 1 }
        for _ in 0..<count {
            let article = goods[pick(goodsShares)]
            if article.taxProduct == nil {
                taxed.append(line(article, shop, &taxedSum))
            } else {
                free.append(line(article, shop, &freeSum))
            }
        }
        var receipts: [String] = []
        if !taxed.isEmpty {
            receipts.append(part(shop.isVATPayer ? "VAT_ABLE" : "NO_VAT", taxed, taxedSum, shop))
        }
        if !free.isEmpty { receipts.append(part("VAT_FREE", free, freeSum, shop)) }
        let sum = taxedSum + freeSum
        let branch = 1 + random.below(shop.branches)
        let till = 1 + random.below(shop.tills)
        let isCompany = random.below(100) < 8
        var head = """
            {"branchNo":"\(padded(branch, 3))","totalAmount":\(tugrik(sum.total)),"totalVAT":\(tugrik(sum.vat)),\
            "totalCityTax":\(tugrik(sum.cityTax)),"districtCode":"\(shop.district)","merchantTin":"\(shop.tin)",\
            "posNo":"\(till)","billIdSuffix":"\(padded(random.below(1_000_000), 6))",
            """
        if isCompany {
            head += "\"type\":\"B2B_RECEIPT\",\"customerTin\":\"\(30_000_000_000 + random.below(69_999_999_999))\","
        } else {
            head += "\"type\":\"B2C_RECEIPT\","
            if random.below(100) < 40 { head += "\"consumerNo\":\"\(10_000_000 + random.below(2_000_000))\"," }
        }
        return head + "\"receipts\":[\(receipts.joined(separator: ","))],\"payments\":[\(payment(sum, shop, till))]}"
    }

    private mutating func payment(_ sum: Sum, _ shop: Shop, _ till: Int) -> String {
        guard random.below(100) < 55 else {
            return "{\"code\":\"CASH\",\"status\":\"PAID\",\"paidAmount\":\(tugrik(sum.total))}"
        }
        let card = ["512345", "435088", "622262", "540412"][random.below(4)]
        return """
            {"code":"PAYMENT_CARD","status":"PAID","paidAmount":\(tugrik(sum.total)),"data":{"easy":false,\
            "terminalID":"\(shop.tin.suffix(5))\(padded(till, 3))","rrn":"\(padded(random.below(1_000_000_000_000), 12))",\
            "maskedCardNumber":"\(card)******\(padded(random.below(10_000), 4))"}}
            """
    }

    private mutating func line(_ article: Goods, _ shop: Shop, _ sum: inout Sum) -> String {
        // A shop's own price: within a tenth of the common one, and always the same.
        var own = SplitMix(state: UInt64(truncatingIfNeeded: shop.tin.hashed &+ article.barCode.hashed))
        let price = max(10, article.price * (90 + own.below(21)) / 1000 * 10)
        let quantity =
            article.unit == "кг" ? 5 + random.below(60) : 20 * (random.below(10) < 7 ? 1 : 1 + random.below(6))
        let total = price * 100 * quantity / 20
        let taxes = (shop.isVATPayer && article.taxProduct == nil ? 10 : 0, article.hasCityTax ? 2 : 0)
        let divisor = 100 + taxes.0 + taxes.1
        let line = Sum(
            total: total, vat: (total * taxes.0 * 2 + divisor) / (divisor * 2),
            cityTax: (total * taxes.1 * 2 + divisor) / (divisor * 2))
        sum = sum + line
        let taxProduct = article.taxProduct.map { ",\"taxProductCode\":\"\($0)\"" } ?? ""
        return """
            {"name":"\(article.name)","barCode":"\(article.barCode)","barCodeType":"GS1",\
            "classificationCode":"\(article.classification)"\(taxProduct),"measureUnit":"\(article.unit)",\
            "qty":\(tugrik(quantity * 5)),"unitPrice":\(price),"totalAmount":\(tugrik(line.total)),\
            "totalVAT":\(tugrik(line.vat)),"totalCityTax":\(tugrik(line.cityTax))}
            """
    }

    private func part(_ taxType: String, _ lines: [String], _ sum: Sum, _ shop: Shop) -> String {
        """
        {"totalAmount":\(tugrik(sum.total)),"totalVAT":\(tugrik(sum.vat)),"totalCityTax":\(tugrik(sum.cityTax)),\
        "taxType":"\(taxType)","merchantTin":"\(shop.tin)","items":[\(lines.joined(separator: ","))]}
        """
    }

    private struct Sum {
        var total = 0
        var vat = 0
        var cityTax = 0

        static func + (one: Sum, other: Sum) -> Sum {
            Sum(total: one.total + other.total, vat: one.vat + other.vat, cityTax: one.cityTax + other.cityTax)
        }
    }

    // MARK: Goods

    private static let nouns = [
        "Талх", "Сүү", "Цай", "Гурил", "Будаа", "Элсэн чихэр", "Давс", "Ургамлын тос", "Мах", "Өндөг", "Тараг",
        "Ааруул", "Айраг",
        "Ус", "Ундаа", "Шүүс", "Кофе", "Чихэр", "Печень", "Гоймон", "Төмс", "Лууван", "Байцаа", "Сонгино", "Алим",
        "Жүрж", "Саван",
        "Шампунь", "Оо", "Угаалгын нунтаг", "Дэвтэр", "Үзэг", "Тамхи", "Шар айраг", "Бензин", "Дизель түлш",
        "Машины тос",
    ]
    private static let makers = [
        "Атар", "Сүү ХК", "АПУ", "Витафит", "Алтан тариа", "Талх чихэр", "Хараацай", "Гоёо", "Монос", "Тэсо", "Макс",
        "Номин", "Улаанбаатар",
    ]
    private static let sizes = ["", " 500 гр", " 1 кг", " 250 мл", " 0.5 л", " 1 л", " 10 ш", " 100 ууттай", " 2 кг"]

    private static func article(_ random: inout SplitMix) -> Goods {
        let noun = nouns[random.below(nouns.count)]
        let maker = makers[random.below(makers.count)]
        let isFree = random.below(100) < 12
        return Goods(
            name: "\(noun), \(maker)\(sizes[random.below(sizes.count)])",
            barCode: "865\(padded(random.below(10_000_000_000), 10))",
            classification: "\(2_110_000 + 10 * random.below(300))",
            unit: random.below(12) == 0 ? "кг" : random.below(8) == 0 ? "хайрцаг" : "ш",
            price: 50 * (6 + random.below(400)),
            taxProduct: isFree ? "\(305 + random.below(20))" : nil, hasCityTax: !isFree && random.below(100) < 15)
    }

    // MARK: Chance

    private static func zipf(_ count: Int) -> [Double] {
        var sum = 0.0
        return (1...count).map {
            sum += 1 / Double($0)
            return sum
        }
    }

    private mutating func pick(_ shares: [Double]) -> Int {
        let wanted = Double(random.next() >> 11) / Double(1 << 53) * (shares.last ?? 0)
        var (low, high) = (0, shares.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if shares[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func tugrik(_ mongo: Int) -> String {
        let rest = mongo % 100
        if rest == 0 { return "\(mongo / 100)" }
        return rest % 10 == 0 ? "\(mongo / 100).\(rest / 10)" : "\(mongo / 100).\(padded(rest, 2))"
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
}

extension String {
    fileprivate var hashed: Int { utf8.reduce(17) { $0 &* 31 &+ Int($1) } }
}

/// SplitMix64: small, seeded, the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number from 0 to below `limit`.
    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
