import Catalogue
import LedgerStorage
import Testing

@testable import Filing

@Suite struct FailureTests {
    @Test(arguments: [StorageError.Code.corrupt, .indexDamaged, .behindSigner])
    func damageOfAnyPartIsToldAsDamage(_ code: StorageError.Code) {
        let failure = Failure(StorageError(code, "what", remedy: "do"))
        #expect(failure.problem == .ledgerDamaged)
    }

    @Test(arguments: [StorageError.Code.foreignLedger, .notALedger, .unknownFormat, .locked, .exposedKey, .keyMissing])
    func whatIsNotDamageIsToldAsUnusable(_ code: StorageError.Code) {
        #expect(Failure(StorageError(code, "what", remedy: "do")).problem == .ledgerUnusable)
    }
}
