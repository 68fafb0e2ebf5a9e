import CanonicalJSON
import Catalogue
import LedgerMerkle
import Testing

@testable import Deeds

private let number33 = "090010000041001098170000010000001"

private func fee(salt: [UInt8]? = salt) -> NamedFee { NamedFee(receipt: number33, commitment: before, salt: salt) }

private func paid(_ scope: SignedScope = .statement, _ fee: NamedFee = fee()) throws -> RegisteredAct {
    try RegisteredAct(number: number, draft: try attorney(), signature: signature(scope), time: moment, fee: fee)
}

@Test func feeIsWrittenAsThePageSays() throws {
    #expect(try formatsExample("act-fee-example") == fee().text + "\n")
    let digest = NamedFee.digest(salt: salt, notary: notary, document: SHA256.hash(Array("abc".utf8)))
    #expect(try formatsExample("act-fee-digest-example") == "\(digest)\n")
}

@Test(arguments: [SignedScope.statement, .document, .pdf])
func actNamesItsReceiptWhateverIsSigned(_ scope: SignedScope) throws {
    for fee in [fee(), fee(salt: nil)] {
        let act = try paid(scope, fee)
        #expect(try ActRecord(fields: act.fields()) == .registered(act))
        // The fee is known after the signature only: the statement does not have it.
        #expect(try act.fields()["sealed"] == registered(try attorney(), scope).fields()["sealed"])
    }
}

@Test func feeThatIsNotCanonicalIsNoRecord() throws {
    let good = fee().text
    let wrong = [
        " " + good, good.replacing("\"receipt\"", with: "\"other\""), good.replacing(number33, with: "1" + number33),
        good.replacing("6e34", with: "6E34"), good.replacing("0001", with: "01"), "{}", "[]", "1", "x",
        good.replacing("}", with: ",\"x\":1}"), good.replacing("\"salt\":\"", with: "\"salt\":1,\"y\":\""),
    ]
    for text in wrong {
        #expect(NamedFee(text) == nil, "\(text)")
        var fields = try paid().fields()
        fields["fee"] = text
        expect(.deedRecordInvalid) { _ = try ActRecord(fields: fields) }
    }
}

@Test func changeHasNoFee() throws {
    let changed = try ChangedAct(
        notary: notary, draft: try #require(try everyChange().first), signature: signature(), time: moment)
    var fields = try changed.fields()
    fields["fee"] = fee().text
    expect(.deedRecordInvalid) { _ = try ActRecord(fields: fields) }
}

@Test func feeIsShownToThePartiesAndNotToEverybody() {
    #expect(!DeedField.names(shownTo: .citizen).contains("fee"))
    for profile in [DeedField.Profile.party, .issuer, .auditor] {
        #expect(DeedField.names(shownTo: profile).contains("fee"))
    }
}

@Test func digestDependsOnAllThatItNames() {
    let document = SHA256.hash([1])
    let other = try! NotaryCode("NT013")
    let digests = [
        NamedFee.digest(salt: salt, notary: notary, document: document),
        NamedFee.digest(salt: salt, notary: other, document: document),
        NamedFee.digest(salt: salt, notary: notary, document: SHA256.hash([2])),
        NamedFee.digest(salt: salt.reversed(), notary: notary, document: document),
    ]
    #expect(Set(digests).count == digests.count)
}
