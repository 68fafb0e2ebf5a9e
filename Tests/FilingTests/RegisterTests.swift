import Catalogue
import LedgerEngine
import LedgerStorage
import Receipts
import Testing

@testable import Filing

@Suite struct RegisterTests {
    @Test func theRegisterIsReadBackFromTheLedger() async throws {
        let desk = try Desk()
        var merchant = Desk.merchant
        merchant.customers = [Merchant.Customer(tin: "61200064714", name: "Түрээслэгч", vatPayer: false)]
        merchant.bankAccounts = [
            Merchant.BankAccount(
                id: 7, tin: merchant.tin, number: "5001", name: "Данс", bankID: 5, bankName: "Банк", iban: "")
        ]
        merchant.branches = [
            Merchant.Branch(
                number: "014", name: "Хан-Уул", district: "2301", tills: [Merchant.Till(number: "1", name: "Урд касс")])
        ]
        let notary = Notary(code: "NT012", name: "Д.Бат", certificate: String(repeating: "ab", count: 32))
        #expect(try await desk.register.enrol(.merchant(merchant))?.index == 0)
        #expect(try await desk.register.enrol(.notary(notary))?.index == 1)
        #expect(try await desk.register.enrol(.merchant(merchant)) == nil)
        #expect(try await desk.register.setSuspended(true, id: "nt012")?.text("action") == "suspended")
        try desk.reopen()
        #expect(desk.register.merchant(tin: merchant.tin) == merchant)
        #expect(desk.register.notary(code: "nt012")?.suspended == true)
        #expect(try Audit(desk.registrar).run().chains == 1)
    }

    @Test func aSuspendedMerchantFilesNothing() async throws {
        let desk = try Desk()
        _ = try await desk.register.enrol(.merchant(Desk.merchant))
        _ = try await desk.register.setSuspended(true, id: Desk.merchant.tin)
        await #expect(throws: Problem.merchantSuspended(["tin": Desk.merchant.tin])) {
            try await desk.receipts.file(Desk.coffee())
        }
        _ = try await desk.register.setSuspended(false, id: Desk.merchant.tin)
        _ = try await desk.receipts.file(Desk.coffee())
    }

    @Test func aRecordDoesNotOpenUnderAnotherCommitmentOrWithABitFlipped() throws {
        let desk = try Desk()
        let vault = desk.registrar.vault
        let key = vault.tokenHash("a")
        let sealed = try SealedBytes.seal(Array("биш".utf8), key: key)
        #expect(try SealedBytes.open(sealed, key: key) == Array("биш".utf8))
        for position in sealed.indices {
            var flipped = sealed
            flipped[position] ^= 1
            #expect(throws: StorageError.self) { try SealedBytes.open(flipped, key: key) }
        }
        #expect(throws: StorageError.self) { try SealedBytes.open(sealed, key: vault.tokenHash("b")) }
        #expect(throws: StorageError.self) { try SealedBytes.open(Array(sealed.dropLast()), key: key) }
    }

    @Test func domainKeysBindPurposeAndParts() throws {
        let vault = try Desk().registrar.vault
        #expect(vault.key(.act, "a") != vault.key(.receipt, "a"))
        #expect(vault.key(.act, "ab", "c") != vault.key(.act, "a", "bc"))
        #expect(vault.key(.act, "a") == vault.key(.act, "a"))
    }
}

@Suite struct ReenrolmentTests {
    @Test func enrollingAgainLiftsNoSuspensionAndForgetsNothing() async throws {
        let desk = try Desk()
        var merchant = Desk.merchant
        merchant.customers = [Merchant.Customer(tin: "61200064714", name: "Түрээслэгч")]
        _ = try await desk.register.enrol(.merchant(merchant))
        _ = try await desk.register.setSuspended(true, id: merchant.tin)
        var again = Desk.merchant
        again.vatPayer = nil
        #expect(try await desk.register.enrol(.merchant(again)) == nil)
        again.name = "Талх ХК"
        #expect(try await desk.register.enrol(.merchant(again))?.text("action") == "changed")
        let known = try #require(desk.register.merchant(tin: merchant.tin))
        #expect(known.suspended && known.vatPayer == true && known.customers == merchant.customers)
    }

    @Test func enrolmentsAtOnceAreRecordedOnce() async throws {
        let desk = try Desk()
        let register = desk.register
        let recorded = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { try await register.enrol(.merchant(Desk.merchant)) != nil } }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(recorded == 1)
        #expect(desk.ledger.size == 1)
    }

    @Test func aTaxNumberThatPadsToAnotherIsRefused() throws {
        #expect(throws: Problem.merchantTINPadded(["tin": "012345678901"])) { try Merchant.check(tin: "012345678901") }
        try Merchant.check(tin: "12345678901")
    }
}
