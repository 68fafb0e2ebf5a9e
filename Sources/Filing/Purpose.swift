import LedgerMerkle
import LedgerStorage

/// What a domain key leads to. The numbers are part of the journal's format (FORMATS.md, "Domain keys").
enum Purpose: UInt8 {
    /// The capability of a record → the record.
    case capability = 1
    /// (scope, Idempotency-Key) → the record filed under it.
    case idempotencyKey = 2
    /// (scope, Idempotency-Key, body) → the same: tells a repetition from another filing under one key.
    case idempotentBody = 3
    /// Issuer → its newest record.
    case issuerHead = 4
    /// (number) → the n-th record of the register of issuers.
    case issuerEvent = 5
    /// Receipt id → the record that issued it.
    case receipt = 6
    /// Receipt id → the record that returned it or put another in its place.
    case receiptChange = 7
    /// (till, body) → the newest receipt filed with it.
    case tillBody = 8
    /// (merchant, branch, day) → the newest receipt numbered there.
    case receiptDay = 9
    /// Act number → its registration.
    case act = 10
    /// Act number → its newest change.
    case actChange = 11
    /// (act number, access code) → the registration.
    case accessCode = 12
    /// (notary, signature, act) → the registration of just this act.
    case signedAct = 13
    /// (notary, year) → the newest act registered there.
    case actYear = 14
    /// (notary, signature as sent) → the registration that carries it.
    case signature = 15
    /// (number) → the n-th record of the chain of erasures.
    case erasureEvent = 16
    /// (index) → the erasure of the record at that index.
    case erasure = 17
    /// (number) → the n-th record of the chain of ledger events.
    case ledgerEvent = 18
    /// (result) → the ledger event that states what a scrubber found.
    case scrubResult = 19
    /// (day) → the root of its access log.
    case accessDay = 20
    /// (number) → the n-th root of an access log.
    case accessRoot = 21
    /// (document, number) → the n-th act about it.
    case actDocument = 22
    /// (property, number) → the n-th act that engages it.
    case actProperty = 23
    /// (what a fee receipt names its act by) → the receipt.
    case feeReceipt = 24
    /// (merchant, number) → the n-th receipt that was filed with an act.
    case feeReceiptOf = 25
    /// (index of a receipt) → the act that names it.
    case actOfReceipt = 26
    /// (notary, salt of a statement that was made elsewhere) → the record that it seals.
    case actSalt = 30
    /// (notary, year, number in the book) → the newest entry from paper of it.
    case paperEntry = 31
    /// (notary, year) → the newest entry from paper numbered there.
    case paperYear = 32
    /// (property, number) → the n-th entry from paper that engages it.
    case paperProperty = 33
    /// Number of an entry from paper → the one that corrects it.
    case paperCorrection = 34
}
