import Catalogue
import Deeds
public import Evidence
public import LedgerMerkle
import LedgerStorage
import Receipts

/// The record which says that the content of another is gone, and why (FORMATS.md, "Erasure fields").
public struct Erasure: Hashable, Sendable {
    public enum Action: String, Sendable {
        /// On somebody's order or request.
        case erased
        /// Its time of keeping is over.
        case expired
    }

    /// The most bytes of a basis.
    public static let basisLimit = 500

    public let action: Action
    /// The entry whose record is gone.
    public let index: UInt64
    /// The commitment in that entry.
    public let commitment: Digest
    /// The legal basis, as the operator states it. Nothing personal.
    public let basis: String
    /// When, Unix ms.
    public let time: UInt64
    /// Where the record's secret was; `nil` when it was stored with the record.
    public let secret: SecretNumber?
    /// The record's number in its issuer's chain.
    public let sequence: UInt64?
    /// The last of the running numbers that the record used up: an act's, or a receipt's of its day. They are not given again.
    public let counter: Int?

    /// The erasure of a record that is whole.
    init(of record: FiledRecord, action: Action, basis: String, time: UInt64) {
        self.action = action
        self.basis = basis
        self.time = time
        index = record.index
        commitment = record.commitment
        secret = record.stored.secretNumber
        sequence = UInt64(record.text("sequence"))
        counter = Erasure.counter(of: record)
    }

    /// The last running number that a record uses up; `nil` when it uses none.
    static func counter(of record: FiledRecord) -> Int? {
        switch record.stored.record.kind {
        case .deedAct:
            switch try? ActRecord(fields: record.fields, isOurs: true) {
            case .registered(let act): return act.number.running
            case .paper(let paper): return paper.number.running
            case .changed, nil: return nil
            }
        case .receipt:
            guard let issued = try? IssuedReceipt(fields: record.fields) else { return nil }
            return Int((issued.subReceiptIDs.last ?? issued.id).text.dropFirst(20).prefix(5))
        default: return nil
        }
    }

    /// The fields of a record of kind 5, without its own chain.
    var fields: [String: String] {
        var fields = [
            "action": action.rawValue, "index": String(index), "commitment": commitment.description, "basis": basis,
            "time": ActTime(unixMilliseconds: time).description,
        ]
        fields["secret"] = secret?.description
        fields["erasedsequence"] = sequence.map { String($0) }
        fields["erasednumber"] = counter.map { String($0) }
        return fields
    }

    /// Reads the fields back; `nil` when they are not an erasure's.
    init?(fields: [String: String]) {
        guard let action = fields["action"].flatMap({ Action(rawValue: $0) }),
            let index = fields["index"].flatMap({ UInt64($0) }),
            let commitment = fields["commitment"].flatMap({ Digest(hexadecimal: $0) }),
            let basis = fields["basis"], let time = fields["time"].flatMap({ ActTime($0) })
        else { return nil }
        self.action = action
        self.index = index
        self.commitment = commitment
        self.basis = basis
        self.time = time.unixMilliseconds
        secret = fields["secret"].flatMap { SecretNumber($0) }
        sequence = fields["erasedsequence"].flatMap { UInt64($0) }
        counter = fields["erasednumber"].flatMap { Int($0) }
    }

    /// What anybody who asks for the record is told.
    var problem: Failure {
        let date = CivilDate(unixMilliseconds: time)?.description ?? String(time)
        return Problem.recordErased(["index": String(index), "date": date, "basis": basis])
    }

    /// The fields that a reader sees by default: what was erased, when and why; its place in a chain is the issuer's business.
    static func names(for reader: Reader) -> Set<String> {
        let open: Set<String> = ["action", "index", "commitment", "basis", "time"]
        switch reader {
        case .citizen, .party: return open
        case .issuer, .auditor:
            return open.union(["secret", "erasedsequence", "erasednumber", "chain", "sequence", "previous"])
        }
    }

    /// How the fields of kind 5 are shown.
    public static let schema = RecordSchema([
        .erasure: [
            "action": FieldDescription(.text, Wording(mn: "Үйлдэл", en: "Action")),
            "index": FieldDescription(.text, Wording(mn: "Бичлэгийн дугаар", en: "Entry")),
            "commitment": FieldDescription(.digest, Wording(mn: "Бичлэгийн хэш", en: "Commitment")),
            "basis": FieldDescription(.text, Wording(mn: "Үндэслэл", en: "Legal basis")),
            "time": FieldDescription(.time, Wording(mn: "Устгасан огноо", en: "Erased")),
        ]
    ])
}
