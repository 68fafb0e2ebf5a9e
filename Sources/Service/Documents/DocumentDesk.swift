public import CanonicalJSON
import Catalogue
import Deeds
import Filing
import LedgerEngine
public import LedgerMerkle

/// Documents that are kept for acts: taken in, told of, given out. One way for the API, the pages and the command line.
///
/// They are the office's. Another notary is answered as if there were no such act; who has an act's access code is told whether its document
/// is kept, and gets no bytes. Each look is logged before its answer.
public struct DocumentDesk: Sendable {
    /// Whose acts somebody has.
    public enum Asker: Sendable {
        case notary(String)
        /// For whom wills that were not opened are not there, as for the next.
        case `operator`
        /// Who holds the socket, or the folder, and speaks for a notary: so it is logged.
        case operatorFor(String)

        /// The operator, for the notary of this code where there is one.
        public init(notary: String?) {
            self = notary.map { .operatorFor($0) } ?? .operator
        }

        var reader: AccessLine.Who {
            switch self {
            case .notary(let code): AccessLine.Who(.notary, code)
            case .operator, .operatorFor: AccessLine.Who(.operator, "command line")
            }
        }
    }

    /// What became of a document that was handed in.
    public struct Kept: Sendable {
        public let act: String
        public let digest: Digest
        public let byteCount: Int
        public let isRepetition: Bool

        var json: JSONValue {
            [
                "act": .string(act), "sha256": .string(digest.description), "size": JSONValue(Int64(byteCount)),
                "state": .string(DocumentDesk.kept),
            ]
        }
    }

    static let kept = "kept"
    static let withNotary = "with-notary"
    /// How long a document may take to arrive, seconds: 64 MiB at 1 Mbit/s.
    static let seconds = 600
    /// What is taken in at once: each holds a file and a chunk. Of one notary a quarter: slow connections of one office keep no other out.
    private static let places = SharedPermits(16, each: 4)

    let office: Office

    public init(_ office: Office) {
        self.office = office
    }

    /// The act of a number, for whoever may have it.
    func act(_ number: String, for asker: Asker) throws -> ActReport {
        switch asker {
        case .notary(let code): return try office.deeds.status(act: number, notary: code)
        case .operatorFor(let code):
            let report = try office.deeds.status(act: number, notary: code)
            guard !report.known.history.isClosed else { throw Problem.actNotFound() }
            return report
        case .operator: return try office.deeds.status(act: number)
        }
    }

    /// The same, and the look at it logged. What the operator asks for leaves its line whether or not there is such an act.
    private func looked(
        at number: String, for asker: Asker, _ purpose: AccessLine.Purpose, detail: String? = nil, isNews: Bool = true
    ) async throws -> ActReport {
        if case .notary = asker {
            let report = try await Console.read { try act(number, for: asker) }
            try await office.logLook(
                at: report.act.number.description, by: asker.reader, purpose, detail: detail, isNews: isNews)
            return report
        }
        try await office.logQuestion(about: number, by: asker.reader, purpose, detail: detail, isNews: isNews)
        return try await Console.read { try act(number, for: asker) }
    }

    /// The digest of an address.
    static func digest(_ text: String) throws -> Digest {
        guard let digest = Digest(hexadecimal: text) else { throw Problem.actDigestInvalid(["path": "sha256"]) }
        return digest
    }

    /// The same, for something other than reading: it tells whether the act is there and what it names, so it leaves a line.
    func requested(_ number: String, for asker: Asker) async throws -> ActReport {
        try await looked(at: number, for: asker, .record, detail: "documents", isNews: false)
    }

    // MARK: Keeping

    /// A document on its way: one of few at a time.
    struct Arrival {
        private let place: HeldShare
        fileprivate(set) var upload: DocumentUpload

        fileprivate init(_ place: HeldShare, _ upload: DocumentUpload) {
            (self.place, self.upload) = (place, upload)
        }

        mutating func append(_ bytes: [UInt8]) throws { try upload.append(bytes) }
    }

    /// The most bytes of a document.
    ///
    /// - Throws: `documents-not-taken`.
    func limit() throws -> Int {
        guard let limit = office.settings.documentLimit else { throw Problem.documentsNotTaken() }
        return limit
    }

    /// - Throws: `documents-not-taken`, `documents-busy`, `document-not-named`, `notary-suspended`; what the disk refuses.
    func begin(_ digest: Digest, of report: ActReport, notary: String) throws -> Arrival {
        let limit = try limit()
        guard let place = DocumentDesk.places.takeIfFree(for: notary) else { throw Problem.documentsBusy() }
        return Arrival(
            place, try office.deeds.beginKeeping(digest, of: report.known, by: notary, limit: limit))
    }

    /// - Durability: the document is on disk when this returns.
    func finish(_ arrival: Arrival, of report: ActReport) async throws -> Kept {
        let (upload, deeds) = (arrival.upload, office.deeds)
        let isRepetition = try await onThreadOfItsOwn { _ in try deeds.keep(upload) }
        return Kept(
            act: report.act.number.description, digest: upload.digest, byteCount: upload.byteCount,
            isRepetition: isRepetition)
    }

    func abandon(_ arrival: Arrival) { office.deeds.abandon(arrival.upload) }

    /// Takes a document in as its parts come. The same one again gets the same answer.
    ///
    /// - Parameters:
    ///   - isByOperator: whether it is not the notary who hands it in: it is so logged.
    ///   - parts: its bytes.
    /// - Durability: the document is on disk when this returns.
    /// - Throws: what `begin` throws; `document-differs`, `document-too-large`; `bad-request` when the parts break off.
    public func keep<Parts: AsyncSequence>(
        _ digest: Digest, act number: String, notary: String, isByOperator: Bool, from parts: Parts
    ) async throws -> Kept where Parts.Element == [UInt8] {
        let report = try await requested(number, for: isByOperator ? .operatorFor(notary) : .notary(notary))
        var arrival = try begin(digest, of: report, notary: notary)
        do {
            for try await part in parts { try arrival.append(part) }
        } catch {
            abandon(arrival)
            // What is no refusal of ours is the body's own end.
            throw error as? Failure ?? Problem.badRequest(["reason": "the body breaks off"])
        }
        return try await finish(arrival, of: report)
    }

    // MARK: Telling

    /// Which documents an act names, and where each is.
    func list(_ number: String, for asker: Asker) async throws -> (ActReport, [DocumentState]) {
        let report = try await looked(at: number, for: asker, .record, detail: "documents")
        return (report, try await Console.read { try office.deeds.documents(of: report.known) })
    }

    /// The same as JSON.
    public func answer(_ number: String, for asker: Asker) async throws -> JSONValue {
        let (report, states) = try await list(number, for: asker)
        var object: JSONObject = [
            "act": .string(report.act.number.description), "documents": .array(states.map(\.json)),
            "taken": .bool(office.settings.documentLimit != nil),
        ]
        object["limit"] = office.settings.documentLimit.map { JSONValue(Int64($0)) }
        return .object(object)
    }

    /// A document, once the look at it is logged. Its first and last bytes were read then: what does not open, or is cut, is refused before
    /// anything is answered.
    public func document(_ digest: Digest, act number: String, for asker: Asker) async throws -> OpenedDocument {
        // Also what is refused tells of the act.
        let report = try await looked(at: number, for: asker, .document)
        return try await Console.read {
            let document = try office.deeds.document(digest, of: report.known)
            let named = report.known.history.documents.first { $0.document.sha256 == digest }
            _ = try document.chunk(0)
            _ = try document.chunk(document.chunkCount - 1)
            return OpenedDocument(
                document: document, act: report.act.number.description, name: named?.document.name ?? "")
        }
    }
}

/// A kept document that may be read.
public struct OpenedDocument: Sendable {
    /// Chunks that are read together.
    private static let group = 8

    let document: KeptDocument
    let act: String
    /// As the act names it; "" where it does not.
    public let name: String
    public var byteCount: Int { document.byteCount }

    /// Hands out all of it, piece by piece, each checked before. Memory: half a mebibyte.
    public func read(_ take: ([UInt8]) async throws -> Void) async throws {
        let document = document
        for first in stride(from: 0, to: document.chunkCount, by: OpenedDocument.group) {
            let last = min(first + OpenedDocument.group, document.chunkCount)
            try await take(
                try await onThreadOfItsOwn { _ in
                    var bytes: [UInt8] = []
                    for number in first..<last { bytes += try document.chunk(number) }
                    return bytes
                })
        }
    }
}

extension DocumentState {
    var json: JSONValue {
        var object: JSONObject = [
            "sha256": .string(named.document.sha256.description), "part": .string(named.part.rawValue),
            "current": .bool(named.isCurrent),
            "state": .string(keptByteCount == nil ? DocumentDesk.withNotary : DocumentDesk.kept),
        ]
        object["name"] = named.document.name.map { .string($0) }
        object["size"] = (keptByteCount.map { Int64($0) } ?? named.document.size).map { JSONValue($0) }
        return .object(object)
    }
}

extension Office {
    /// What somebody with the access code is told, and whether the document is kept.
    func answerToHolder(_ report: ActReport) throws -> JSONValue {
        guard var object = answer(report).object else { return .null }
        let isKept = try deeds.keepsDocument(of: report.known)
        object["documentState"] = .string(isKept ? DocumentDesk.kept : DocumentDesk.withNotary)
        return .object(object)
    }
}
