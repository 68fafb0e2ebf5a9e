import CanonicalJSON
import Catalogue
import Foundation
import LedgerEngine
import LedgerTransparency
import Registry
import Testing

@testable import Service

@Suite struct NoticeTests {
    // MARK: Addresses

    @Test(arguments: [
        ("bat@example.mn", "bat@example.mn"), ("Bat.Dorj+seal@Mail.EXAMPLE.mn", "Bat.Dorj+seal@mail.example.mn"),
        ("a@xn--d1acufc.xn--l1acc", "a@xn--d1acufc.xn--l1acc"),
        ("a!#$%&'*+-/=?^_`{|}~b@e.mn", "a!#$%&'*+-/=?^_`{|}~b@e.mn"),
        (String(repeating: "a", count: 64) + "@e.mn", String(repeating: "a", count: 64) + "@e.mn"),
    ])
    func addressesThatAreInUse(_ text: String, _ canonical: String) {
        #expect(MailAddress(text)?.text == canonical)
    }

    @Test(arguments: [
        "", "@", "a@", "@e.mn", "a@e", "a b@e.mn", "a@e .mn", "a@e..mn", ".a@e.mn", "a.@e.mn", "a..b@e.mn", "a@-e.mn",
        "a@e-.mn",
        "a@[127.0.0.1]", "a@127.0.0.1", "\"a b\"@e.mn", "a@e.mn\r\nRCPT TO:<b@e.mn>", "a@e.mn\n", "a\0@e.mn", "a@e.mn>",
        "<a@e.mn>", "Bat <a@e.mn>", "a@e.mn,b@e.mn", "a@b@e.mn", "бат@e.mn", "a@жишээ.мон", "a@e.mn ", " a@e.mn",
        "a\u{7f}@e.mn",
        "a;b@e.mn", "a(b)@e.mn", "a@e.mn?subject=x", "a@e_f.mn", "a\u{e9}@e.mn",
        String(repeating: "a", count: 65) + "@e.mn",
        "a@" + String(repeating: "b.", count: 130) + "mn", "a@" + String(repeating: "b", count: 64) + ".mn",
    ])
    func whatIsNoAddress(_ text: String) { #expect(MailAddress(text) == nil) }

    // MARK: Contacts

    private func contacts(_ json: JSONValue?) throws(Failure) -> [NoticeContact] {
        try NoticeDesk.contacts(json, partyCount: 2)
    }

    @Test func contactsAreRead() throws {
        #expect(try contacts(nil) == [] && contacts(.null) == [] && contacts([]) == [])
        let read = try contacts([
            ["party": 0, "email": "bat@Example.mn"], ["party": 1, "email": "ann@example.com", "language": "en"],
            ["party": 1, "email": "bat@example.mn", "language": "en"],
        ])
        #expect(
            read == [
                NoticeContact(party: 0, address: "bat@example.mn", language: .mn),
                NoticeContact(party: 1, address: "ann@example.com", language: .en),
            ])
    }

    @Test(arguments: [
        "{}", "\"a@e.mn\"", "[1]", "[{}]", "[{\"party\":2,\"email\":\"a@e.mn\"}]",
        "[{\"party\":-1,\"email\":\"a@e.mn\"}]",
        "[{\"party\":0.5,\"email\":\"a@e.mn\"}]", "[{\"party\":\"0\",\"email\":\"a@e.mn\"}]", "[{\"party\":0}]",
        "[{\"party\":0,\"email\":1}]", "[{\"party\":0,\"email\":\"a@e.mn\",\"language\":\"ru\"}]",
        "[{\"party\":0,\"email\":\"a@e.mn\",\"language\":null}]",
        "[{\"party\":0,\"email\":\"a@e.mn\",\"phone\":\"99\"}]",
    ])
    func oddContactsAreRefused(_ json: String) throws {
        let value = try JSONValue(parsing: Array(json.utf8))
        #expect(throws: Failure.self) { try contacts(value) }
    }

    @Test func messagesAboutContactsDoNotRepeatThem() throws {
        do { _ = try contacts([["party": 0, "email": "бат@example.mn"]]) } catch {
            #expect(error.problem == .notifyAddressInvalid)
            #expect(error.message(.mn) == "notify[0].email: цахим шуудангийн хаяг биш байна")
        }
        let many = JSONValue.array((0...NoticeStore.contactLimit).map { ["party": 0, "email": "a\($0)@e.mn"] })
        do {
            _ = try contacts(many)
            Issue.record("too many were taken")
        } catch { #expect(error.problem == .notifyTooMany) }
    }

    // MARK: The mail

    // 2026-02-28 15:59:59.999 UTC: the last second of the day in Ulaanbaatar.
    private let time: Int64 = 1_772_294_399_999

    private func notice(_ event: NoticeEvent = .registered, _ language: NoticeContact.Language = .mn) -> Notice {
        TestNotices.notice(event, language, time: time)
    }

    private func mail(_ notice: Notice) throws -> (headers: [String: String], body: String, text: String) {
        let to = try #require(MailAddress(notice.address))
        let from = try #require(MailAddress("tamga@example.mn"))
        let bytes = MailMessage(notice, to: to, from: from, publicURL: "https://ledger.example.mn").bytes
        #expect(bytes.allSatisfy { $0 < 0x80 && ($0 >= 0x20 || $0 == 0x0a || $0 == 0x0d) })
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.split(separator: "\r\n") { #expect(line.utf8.count <= 78) }
        let end = try #require(text.range(of: "\r\n\r\n"))
        var headers: [String: String] = [:]
        for line in text[..<end.lowerBound].replacing("\r\n ", with: " ").split(separator: "\r\n") {
            let parts = line.split(separator: ": ", maxSplits: 1)
            #expect(headers.updateValue(String(parts[1]), forKey: String(parts[0])) == nil)
        }
        let encoded = text[end.upperBound...].replacing("\r\n", with: "")
        return (headers, String(decoding: try #require(Base64.decode(encoded)), as: UTF8.self), text)
    }

    private func decoded(_ subject: String) throws -> String {
        try subject.split(separator: " ").map { word in
            #expect(word.utf8.count <= 75 && word.hasPrefix("=?utf-8?B?") && word.hasSuffix("?="))
            let bytes = try #require(Base64.decode(word.dropFirst(10).dropLast(2)))
            // Each word is whole characters.
            return try #require(String(bytes: bytes, encoding: .utf8))
        }.joined()
    }

    @Test func headersAreThoseOfAMailByAMachine() throws {
        let (headers, _, text) = try mail(notice())
        #expect(headers["From"] == "<tamga@example.mn>" && headers["To"] == "<bat@example.com>")
        #expect(headers["Date"] == "Sat, 28 Feb 2026 23:59:59 +0800")
        #expect(headers["Message-ID"] == "<000102030405060708090a0b0c0d0eff@example.mn>")
        #expect(headers["Auto-Submitted"] == "auto-generated" && headers["MIME-Version"] == "1.0")
        #expect(headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(headers["Content-Transfer-Encoding"] == "base64")
        #expect(
            try decoded(try #require(headers["Subject"]))
                == "Таны нэр орсон нотариатын үйлдэл бүртгэгдлээ / A notarial act in which you are named was registered"
        )
        #expect(try mail(notice()).text == text)
    }

    @Test func theReadersLanguageComesFirst() throws {
        for event in NoticeEvent.allCases {
            for language in NoticeContact.Language.allCases {
                let body = try mail(notice(event, language)).body
                let mn = try #require(body.range(of: "2026 оны 2-р сарын 28, 23:59:59 (Улаанбаатар, UTC+8)"))
                let en = try #require(body.range(of: "28 February 2026, 23:59:59 (Ulaanbaatar, UTC+8)"))
                #expect((mn.lowerBound < en.lowerBound) == (language == .mn))
                #expect(body.components(separatedBy: "NT012-2026-000017\r\n").count == 3)
                #expect(body.components(separatedBy: "https://ledger.example.mn/act\r\n").count == 3)
                #expect(body.contains("ask the notary with the code NT012 or"))
                #expect(!body.contains("{") && !body.replacing("\r\n", with: "").contains("\n"))
            }
        }
    }

    @Test func noticesOfAllActsAreAlikeAndNameNothing() throws {
        let bodies = try NoticeEvent.allCases.map { try mail(notice($0)).body }
        #expect(Set(bodies).count == NoticeEvent.allCases.count)
        for body in bodies {
            for word in ["гэрээслэл", "will ", "итгэмжлэл", "power of attorney", "bat@"] {
                #expect(!body.lowercased().contains(word), "\(word)")
            }
        }
    }

    @Test func datesAreRight() {
        #expect(MailMessage.date(0) == "Thu, 01 Jan 1970 08:00:00 +0800")
        #expect(MailMessage.date(1_772_294_400_000) == "Sun, 01 Mar 2026 00:00:00 +0800")
        #expect(MailMessage.date(-5) == "Thu, 01 Jan 1970 08:00:00 +0800")
        #expect(MailMessage.date(.max) == "Thu, 01 Jan 1970 08:00:00 +0800")
        // 29 February 2028 12:00 UTC.
        #expect(MailMessage.date(1_835_438_400_000) == "Tue, 29 Feb 2028 20:00:00 +0800")
    }

    // MARK: Retries

    @Test func pausesGrowAndEndAfterThreeDays() {
        var now: Int64 = 1_000_000
        let first = now
        var pauses: [Int64] = []
        while let next = RetryPlan.next(attempts: pauses.count + 1, first: first, now: now) {
            pauses.append(next - now)
            now = next
        }
        #expect(now - first == RetryPlan.timeLimit)
        #expect(pauses.dropLast() == pauses.dropLast().sorted()[...])
        #expect((8...14).contains(pauses.count) && pauses.first == 60_000)
        #expect(RetryPlan.next(attempts: 100, first: first, now: first) != nil)
        #expect(RetryPlan.next(attempts: 3, first: first + RetryPlan.timeLimit * 9, now: first) == first + 900_000)
    }

    // MARK: Servers

    private func server(
        _ address: String, user: String? = nil, passwordFile: String? = nil, caFile: String? = nil, plain: Bool = false
    ) throws(Failure) -> MailServer {
        try MailServer(
            address, from: "tamga@example.mn", user: user, passwordFile: passwordFile, caFile: caFile,
            allowsPlain: plain)
    }

    @Test func tlsIsRequiredBeyondThisMachine() throws {
        #expect(try server("smtp://mail.example.mn:587").requiresTLS)
        #expect(try server("smtps://127.0.0.1").requiresTLS)
        #expect(try !server("smtp://127.0.0.1:25").requiresTLS)
        #expect(try !server("smtp://[::1]:25").requiresTLS)
        #expect(try !server("smtp://localhost").requiresTLS)
        #expect(try server("smtp://127.0.0.1", caFile: #filePath).requiresTLS)
        #expect(try server("smtp://127.0.0.1.example.mn").requiresTLS)
        #expect(try server("smtp://[2001:db8::1]:25").requiresTLS)
        #expect(try !server("smtp://mail.example.mn", plain: true).requiresTLS)
        #expect(try server("smtp://mail.example.mn:587").url == "smtp://mail.example.mn:587/example.mn")
    }

    @Test(arguments: [
        "", "mail.example.mn", "http://mail.example.mn", "smtp://", "smtp://:25", "smtp://a b",
        "smtp://u:p@mail.example.mn",
        "smtp://mail.example.mn/x", "smtp://mail.example.mn:0", "smtp://mail.example.mn:65536",
        "smtp://mail.example.mn:",
        "smtp://mail.example.mn:+25", "smtp://m?x", "smtp://m\r\nx", "smtp://[::1", "smtp://[x]", "SMTP://m",
        "smtp://-m",
        "smtp://m..n",
    ])
    func oddServersAreRefused(_ address: String) { #expect(throws: Failure.self) { try server(address) } }

    @Test func aPasswordNeverGoesInTheClear() throws {
        let file = NSTemporaryDirectory() + "mail-password-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        func write(_ text: String, mode: Int = 0o600) throws {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        }
        let host = "smtp://mail.example.mn"
        try write("test pässword\n")
        #expect(try server(host, user: "u", passwordFile: file).login?.password == "test pässword")
        #expect(throws: Failure.self) { try server(host, user: "u", passwordFile: file, plain: true) }
        #expect(throws: Failure.self) { try server(host, user: "u") }
        #expect(throws: Failure.self) { try server(host, passwordFile: file) }
        #expect(throws: Failure.self) { try server(host, user: "u", passwordFile: file + "x") }
        for odd in ["", "\n", "a\nb", "a\0b", String(repeating: "a", count: 1025)] {
            try write(odd)
            #expect(throws: Failure.self) { try server(host, user: "u", passwordFile: file) }
        }
        try write("test password", mode: 0o604)
        do {
            _ = try server(host, user: "u", passwordFile: file)
            Issue.record("a password that others can read was taken")
        } catch { #expect(error.problem == .mailPasswordUnusable) }
    }
}
