import Catalogue
public import Deeds
import Evidence
public import LedgerMerkle

/// A document that an act names.
public struct NamedDocument: Sendable, Hashable {
    /// What it is to the act.
    public enum Part: String, Sendable {
        case document, attachment
    }

    public let document: ActDocument
    public let part: Part
    /// Whether the act as it is now names it, and not only as it was.
    public let isCurrent: Bool
}

/// Such a document, and whether it is kept.
public struct DocumentState: Sendable {
    public let named: NamedDocument
    /// The bytes that are kept; `nil` where the document stays with the notary.
    public let keptByteCount: Int?
}

extension ActHistory {
    /// Every document that the act or a later content of it names, once: those of now first.
    public var documents: [NamedDocument] {
        var known: Set<Digest> = []
        var named: [NamedDocument] = []
        let earlier = [act.draft] + changes.compactMap(\.draft.content)
        for (content, isCurrent) in [(content, true)] + earlier.reversed().map({ ($0, false) }) {
            let parts =
                [(content.document, NamedDocument.Part.document)] + content.attachments.map { ($0, .attachment) }
            for (document, part) in parts where known.insert(document.sha256).inserted {
                named.append(NamedDocument(document: document, part: part, isCurrent: isCurrent))
            }
        }
        return named
    }
}

/// Documents that are kept for acts.
///
/// They are the office's: the notary who registered the act has them, and who took the office over. Whoever has the access code is told
/// whether the document is kept, and gets no bytes: a document may hold more than the act tells its parties.
extension DeedDesk {
    private func place(of known: KnownAct) throws -> DocumentPlace {
        let filed = try registrar.record(at: known.filed.index)
        return DocumentPlace(index: filed.index, commitment: filed.commitment, secret: filed.stored.record.secret)
    }

    /// Whether the document that an act is about is kept. No look at any file where nothing of the act is.
    public func keepsDocument(of known: KnownAct) throws -> Bool {
        let commitment = known.filed.commitment
        guard registrar.documents.keepsAny(of: commitment) else { return false }
        let digest = known.history.content.document.sha256
        return try registrar.documents.heads(of: commitment).contains { $0.label.digest == digest }
    }

    /// The documents of an act of a notary's own office, each with whether it is kept. Reads the header of each file.
    ///
    /// - Throws: `StorageError` when one of them is damaged.
    public func documents(of known: KnownAct) throws -> [DocumentState] {
        let kept = try registrar.documents.heads(of: known.filed.commitment)
        return known.history.documents.map { named in
            let head = kept.first { $0.label.digest == named.document.sha256 }
            return DocumentState(named: named, keptByteCount: head?.byteCount)
        }
    }

    /// A document that is kept.
    ///
    /// - Throws: `document-not-named` when the act names no such document, `document-not-kept` when it stays with the notary, `StorageError`
    ///   when the header of its file is damaged, or that of another file of the act and it is not found.
    public func document(_ digest: Digest, of known: KnownAct) throws -> KeptDocument {
        try requireNamed(digest, in: known)
        guard let document = try registrar.documents.document(digest, of: try place(of: known)) else {
            throw Problem.documentNotKept(["act": known.history.act.number.description])
        }
        return document
    }

    /// Begins to take in a document of an act.
    ///
    /// - Parameters:
    ///   - code: the notary who hands it in, and whose act it must be, or that of an office taken over.
    ///   - limit: the most bytes that are taken.
    /// - Throws: `act-not-found` for another office's act; `notary-suspended`, `document-not-named`, `ledger-disk-full`, `ledger-busy`,
    ///   `document-not-written`.
    public func beginKeeping(
        _ digest: Digest, of known: KnownAct, by code: String, limit: Int
    ) throws -> DocumentUpload {
        let notary = try notary(code)
        guard isActing(notary, for: known.history.act.number.notary) else { throw Problem.actNotFound() }
        try requireActive(notary)
        try requireNamed(digest, in: known)
        return try registrar.documents.begin(digest, of: place(of: known), limit: limit)
    }

    /// Keeps a document that has come whole.
    ///
    /// - Returns: whether it was kept before.
    /// - Durability: the document is on disk when this returns.
    /// - Throws: `document-differs`, `ledger-disk-full`, `document-not-written`; `record-erased` when the act was erased meanwhile.
    public func keep(_ upload: DocumentUpload) throws -> Bool {
        try registrar.documents.commit(upload) { _ = try registrar.record(at: upload.label.index) }
    }

    /// Forgets one that did not.
    public func abandon(_ upload: DocumentUpload) { registrar.documents.abandon(upload) }

    private func requireNamed(_ digest: Digest, in known: KnownAct) throws {
        guard known.history.documents.contains(where: { $0.document.sha256 == digest }) else {
            throw Problem.documentNotNamed(["act": known.history.act.number.description])
        }
    }
}
