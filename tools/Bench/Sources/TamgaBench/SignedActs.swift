import Deeds
import Glibc
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency
import Signatures

/// A notary with a key of a TEST authority and a token of the service.
struct NotaryOffice: Sendable {
    let code: NotaryCode
    let signer: Signer
    let token: String
}

/// An authority of three levels with two notaries' keys, RSA and EC, made by `tools/make-test-pki`.
struct TestAuthority {
    private let folder: String
    /// What `tamga serve --trust` is given.
    var trust: String { folder + "/trust" }

    static func make(_ place: Place) throws -> TestAuthority {
        let authority = TestAuthority(folder: place.fresh("authority"))
        try Process.run(["tools/make-test-pki", authority.folder], in: place)
        for number in 0..<2 {
            // Offices send the issuing certificate along.
            let disk = PosixDisk()
            let chain =
                try disk.readAll(authority.certificate(number)) + disk.readAll(authority.folder + "/issuing.pem")
            try disk.replace(authority.chain(number), with: chain)
        }
        return authority
    }

    /// RSA for even numbers, EC for odd ones.
    func certificate(_ number: Int) -> String { "\(folder)/notary-\(number % 2 + 1).pem" }

    func signer(_ number: Int) throws -> Signer {
        try Signer(keyFile: "\(folder)/notary-\(number % 2 + 1).key", certificateFile: chain(number))
    }

    private func chain(_ number: Int) -> String { "\(folder)/notary-\(number % 2 + 1)-chain.pem" }
}

/// Acts of some notaries in turn, signed before anything is measured, each sent once.
///
/// A power of attorney, of another client for every ten acts of a notary.
final class SignedActs {
    static let actsOfClient = 10

    private let offices: [NotaryOffice]
    private let firstPerson: Int
    private let api: Int
    private var requests: [[UInt8]] = []
    /// How many were sent.
    private(set) var sent = 0
    /// How many are signed and not sent.
    var waiting: Int { requests.count - sent }

    /// - Parameter firstPerson: tells the clients of these notaries from others.
    init(_ offices: [NotaryOffice], firstPerson: Int, api: Int) {
        (self.offices, self.firstPerson, self.api) = (offices, firstPerson, api)
    }

    /// Signs more, on all cores, until so many wait to be sent.
    func sign(upTo count: Int) throws {
        let first = requests.count
        let end = sent + count
        guard end > first else { return }
        guard let today = CivilDate(unixMilliseconds: SystemClock().now()) else { throw BenchError("no day is today") }
        let threads = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let (offices, firstPerson, api) = (offices, firstPerson, api)
        let parts = try onThreads(threads) { thread in
            try stride(from: first + thread, to: end, by: threads).map { number in
                try SignedActs.request(number, of: offices, firstPerson, today: today, api: api)
            }
        }
        requests += (0..<end - first).map { parts[$0 % threads][$0 / threads] }
    }

    /// Writes the next act; nothing when all were sent.
    func take(_ buffer: inout [UInt8]) {
        guard sent < requests.count else { return }
        swap(&buffer, &requests[sent])
        requests[sent] = []
        sent += 1
    }

    /// The clients all of whose acts were sent, each with the notary.
    var clients: [(office: NotaryOffice, number: String)] {
        let groups = sent / (offices.count * SignedActs.actsOfClient)
        return (0..<groups * offices.count).map { client in
            (offices[client % offices.count], SignedActs.registerNumber(firstPerson + client))
        }
    }

    private static func request(
        _ number: Int, of offices: [NotaryOffice], _ firstPerson: Int, today: CivilDate, api: Int
    ) throws -> [UInt8] {
        let office = offices[number % offices.count]
        let client = number / (offices.count * actsOfClient) * offices.count + number % offices.count
        let act = text(of: number, client: firstPerson + client, today: today)
        let draft = try ActDraft.parse(Array(act.utf8), today: today)
        let statement = try ActStatement(draft, origin: TamgaServer.origin, notary: office.code)
        let signature = Base64.encode(try office.signer.sign(statement.bytes))
        let body = "{\"act\":\(act),\"signature\":\"\(signature)\"}"
        return TamgaServer.request("POST /v1/deeds", body, port: api, token: office.token)
    }

    /// The act as an office writes it, over a document that nobody has seen.
    private static func text(of number: Int, client: Int, today: CivilDate) -> String {
        // Powers of attorney end; the 28th comes in every month.
        let end = CivilDate(year: today.year + 1, month: today.month, day: min(today.day, 28)) ?? today
        return """
            {"type":"power-of-attorney","document":{"sha256":"\(random(32))","name":"Итгэмжлэл \(number).pdf",\
            "size":\(100_000 + number % 900_000)},"parties":[\
            {"role":"principal","lastName":"Жишээгийн","firstName":"Клиент","regnum":"\(registerNumber(client))"},\
            {"role":"representative","lastName":"Загварын","firstName":"Төлөөлөгч",\
            "regnum":"\(registerNumber(1_600_000 + number % 5000))"}],\
            "details":{"powers":["Орон сууц худалдах гэрээнд гарын үсэг зурах","Төлбөр хүлээн авах"],"mayDelegate":false},\
            "validUntil":"\(end)","propertyNumber":"Ү-22\(10_000_000 + number)","place":"Улаанбаатар",\
            "note":"Хэмжилтийн үйлдэл","salt":"\(random(32))"}
            """
    }

    /// A register number for each person below 1,680,000.
    private static func registerNumber(_ person: Int) -> String {
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "УБ" + two(50 + person % 50) + two(1 + person / 50 % 12) + two(1 + person / 600 % 28)
            + two(person / 16_800 % 100)
    }

    private static func random(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return hexadecimal((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
