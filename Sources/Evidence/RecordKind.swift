/// What sort of thing a record is. Any byte is a kind; those that this version knows have a name.
public struct RecordKind: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// An act that a notary registered.
    public static let deedAct = RecordKind(rawValue: 1)
    /// A receipt: issued, corrected or returned.
    public static let receipt = RecordKind(rawValue: 2)
    /// An issuer: enrolled, its key, suspended.
    public static let issuer = RecordKind(rawValue: 3)
    /// A period that an issuer closed.
    public static let periodClosed = RecordKind(rawValue: 4)
    /// The erasure of a record's content.
    public static let erasure = RecordKind(rawValue: 5)
    /// An RFC 3161 timestamp token over a checkpoint.
    public static let timestampToken = RecordKind(rawValue: 6)
    /// A draw of the receipt lottery.
    public static let draw = RecordKind(rawValue: 7)
    /// An event of the ledger itself: key hand-over, restore, freeze, scrub.
    public static let ledgerEvent = RecordKind(rawValue: 8)
    /// The root of the map of statuses.
    public static let statusMapRoot = RecordKind(rawValue: 9)
    /// The root of the log of who read what.
    public static let accessLogRoot = RecordKind(rawValue: 10)

    /// The kinds that this version knows, 1…10.
    public static let known: [RecordKind] = [
        .deedAct, .receipt, .issuer, .periodClosed, .erasure, .timestampToken, .draw, .ledgerEvent, .statusMapRoot,
        .accessLogRoot,
    ]

    /// Whether this version knows the kind.
    public var isKnown: Bool { RecordKind.known.contains(self) }

    /// The stable, machine-readable name; `kind-N` when unknown.
    public var name: String {
        switch self {
        case .deedAct: "deed-act"
        case .receipt: "receipt"
        case .issuer: "issuer"
        case .periodClosed: "period-closed"
        case .erasure: "erasure"
        case .timestampToken: "timestamp-token"
        case .draw: "draw"
        case .ledgerEvent: "ledger-event"
        case .statusMapRoot: "status-map-root"
        case .accessLogRoot: "access-log-root"
        default: "kind-\(rawValue)"
        }
    }
}

extension RecordKind: CustomStringConvertible {
    public var description: String { name }
}
