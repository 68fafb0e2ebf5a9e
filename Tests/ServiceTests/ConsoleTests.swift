import CanonicalJSON
import Catalogue
import Filing
import Receipts
import Testing

@testable import Service

struct ConsoleTests {
    @Test func whatIsPutIntoAPageIsText() {
        let name = "<script>alert('1')</script> \"&\" \u{202e}gnp"
        let page: HTML = "<td title=\"\(name)\">\(name)</td>"
        #expect(!page.text.contains("<script>"))
        #expect(!page.text.contains("\u{202e}"))
        #expect(page.text.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &quot;&amp;&quot;"))
        let pieces: [HTML] = ["<b>", "\("<b>")"]
        #expect(("\(pieces)" as HTML).text == "<b>&lt;b&gt;")
    }

    @Test func amountsAreWrittenForPeople() {
        let say = Speaker(language: .mn)
        #expect(say.money(1_234_567_890) == "12\u{a0}345\u{a0}678,90\u{a0}₮")
        #expect(say.money(0) == "0,00\u{a0}₮")
        #expect(say.money(-105) == "−1,05\u{a0}₮")
        #expect(say.number(1000) == "1\u{a0}000")
    }

    @Test func formsAreRead() throws {
        let form = try FormBody.parse(
            Array("tin=123&name=%D0%A2%D0%B0%D0%BB%D1%85+%26&tin=456&empty=&flag".utf8),
            type: "application/x-www-form-urlencoded; charset=utf-8")
        #expect(form["tin"] == "456")
        #expect(form["name"] == "Талх &")
        #expect(form["empty"] == "" && form["flag"] == "" && form["absent"] == "")
        for broken in ["a=%", "a=%4", "a=%zz", "a=%ff", "%2"] {
            #expect(throws: Failure.self) {
                try FormBody.parse(Array(broken.utf8), type: "application/x-www-form-urlencoded")
            }
        }
        #expect(throws: Failure.self) { try FormBody.parse([], type: "text/plain") }
    }

    @Test func filesAreRead() throws {
        let body =
            "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk1\r\n"
            + "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.ndjson\"\r\nContent-Type: text/plain\r\n\r\n{\"a\":1}\r\n--c\n\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n--b--\r\n"
        let form = try FormBody.parse(Array(body.utf8), type: "multipart/form-data; boundary=\"b\"")
        #expect(form["key"] == "k1")
        #expect(form.files["file"]?.bytes == Array("{\"a\":1}\r\n--c\n".utf8))
        #expect(form.files["none"]?.bytes == [])
        for length in 0..<(body.utf8.count - 8) {
            // Cut anywhere, it is refused or a shorter form, and never a crash.
            _ = try? FormBody.parse(Array(body.utf8.prefix(length)), type: "multipart/form-data; boundary=b")
        }
    }

    @Test func cellsOfASpreadsheetAreNoFormulas() {
        #expect(MerchantConsole.cell("=1+1") == "'=1+1")
        #expect(MerchantConsole.cell("@a,\"b\"") == "\"'@a,\"\"b\"\"\"")
        #expect(MerchantConsole.cell("1,5") == "\"1,5\"")
        #expect(MerchantConsole.cell("Талх") == "Талх")
        #expect(MerchantConsole.cell("=\u{301}cmd,\u{301}b") == "\"'=\u{301}cmd,\u{301}b\"")
        #expect(MerchantConsole.cell("x\n=y") == "\"x\n=y\"")
    }

    @Test func sumsAreWrittenAndReadBack() throws {
        var sums = MonthSums()
        sums.days[22] = Tally()
        sums.issued["VAT_ABLE"] = Tally()
        sums.issued["VAT_ABLE"]?.total = .max
        var more = Tally()
        more.total = 1
        sums.issued["VAT_ABLE"]! += more
        sums.unknownReturns = 3
        #expect(sums.issued["VAT_ABLE"]?.total == .max)
        #expect(MonthSums(sums.encoded) == sums)
        #expect(MonthSums([1, 2]) == nil)
        #expect(MonthSums.days(of: 202_602) == 28 && MonthSums.days(of: 202_802) == 29)
        #expect(MonthSums.days(of: 202_612) == 31)
    }

    @Test func pricesAreRoundedHalfUp() throws {
        func product(_ one: String, _ two: String) -> String? {
            guard let one = Quantity(.string(one)), let two = Quantity(.string(two)) else { return nil }
            return one.times(two)?.description
        }
        #expect(product("2.5", "1000") == "2500")
        #expect(product("0.005", "1") == "0.01")
        #expect(product("0.0049", "1") == "0")
        #expect(product("0.333", "10000.5") == "3330.17")
        #expect(product("3", "0.335") == "1.01")
        #expect(product("10000000000000", "10") == nil)
        #expect(product("9000000000000000000", "9000000000000000000") == nil)
        #expect(product("9000000000000000000.1", "9000000000000000000") == nil)
        #expect(product("9223372036854775807", "0.9223372036854775807") == nil)
        #expect(product("0.000000000001", "0.000000000000000001") == "0")
    }

    @Test func totalsChangeAsQuantityAndPriceDo() throws {
        func scaled(_ mongo: Int64, _ old: (String, String), _ new: (String, String)) throws -> Int64? {
            let numbers = try [old.0, old.1, new.0, new.1].map { try #require(Quantity(.string($0))) }
            return try #require(Money(mongo: mongo)).scaled(
                from: (numbers[0], numbers[1]), to: (numbers[2], numbers[3]))?
                .mongo
        }
        #expect(try scaled(270_000, ("3", "1000"), ("2", "1000")) == 180_000)
        #expect(try scaled(100_000, ("1", "909.09"), ("2", "909.09")) == 200_000)
        #expect(try scaled(100, ("3", "1"), ("1", "1")) == 33)
        #expect(try scaled(50, ("2", "1.5"), ("0.25", "1.50")) == 6)
        #expect(try scaled(150, ("4", "1"), ("1", "1")) == 38)
        #expect(try scaled(100, ("1", "0"), ("1", "5")) == nil)
    }

    @Test func anImportGivesEachRowAKeyThatStays() throws {
        let (one, two) = (Array("{\"a\":1}".utf8), Array("{\"b\":2}".utf8))
        let keys = try ImportKeys(name: "a")
        let given = [keys.next(one), keys.next(one), keys.next(two)]
        #expect(Set(given).count == 3)
        let again = try ImportKeys(name: "a")
        #expect([again.next(two), again.next(one), again.next(one)] == [given[2], given[0], given[1]])
        #expect(try ImportKeys(name: "b").next(one) != given[0])
        #expect(throws: Failure.self) { try ImportKeys(name: "") }
    }

    @Test func anImportIsReadInPieces() throws {
        func read(_ text: String) throws -> String {
            let source = try ImportSource(Array(text.utf8))
            var bytes: [UInt8] = []
            while let piece = try source.next() { bytes += piece }
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try read("\u{feff}{\"a\":1}\n\n2") == "{\"a\":1}\n\n2")
        let long = String(repeating: "Талх\n", count: 20_000)
        #expect(try read(long) == long)
        #expect(throws: Failure.self) { try read("\n \n") }
        #expect(throws: Failure.self) { try read(String(repeating: "1\n", count: ImportSource.rowLimit + 1)) }
    }

    @Test func passwordsAreKeptAsScrypt() throws {
        let encoded = try PasswordHash.encode("нэг хоёр гурав дөрөв")
        #expect(encoded.count == 52)
        #expect(try PasswordHash.matches("нэг хоёр гурав дөрөв", encoded))
        #expect(try !PasswordHash.matches("нэг хоёр гурав дөрөв ", encoded))
        #expect(try PasswordHash.encode("нэг хоёр гурав дөрөв") != encoded)
        #expect(try !PasswordHash.matches("", nil))
        #expect(try !PasswordHash.matches("x", Array(encoded.dropLast())))
        // й as one letter and as two.
        #expect(try PasswordHash.matches("й", try PasswordHash.encode("и\u{306}")))
    }
}
