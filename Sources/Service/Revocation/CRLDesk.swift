import Catalogue
import Filing
import LedgerMerkle
import LedgerStorage
import Logging
import Signatures
import Synchronization

/// A CRL that serves, and where it is from: what an operator is shown.
public struct RevocationListState: Sendable, Hashable {
    /// In RFC 2253 order.
    public let issuer: String
    /// Unix seconds.
    public let thisUpdate: Int64
    /// Unix seconds; `nil` in a list of the trust folder that does not say.
    public let nextUpdate: Int64?
    /// A file of the trust folder, or the address that it was fetched from.
    public let source: String
}

/// The CRLs of the trust folder and those that were fetched: which count, and the trust store made of them.
final class CRLDesk: Sendable {
    /// The most bytes of a CRL.
    static let sizeLimit = TrustStore.fileLimit
    /// How far the clock of a CA may be ahead, in seconds: as signatures are checked.
    private static let clockDifference: Int64 = 300

    /// What is looked at while signatures are checked.
    struct View: Sendable {
        let addresses: TrustAddresses
        /// The certificates of the trust folder alone.
        let certificates: TrustStore
    }

    struct List: Sendable {
        let der: [UInt8]
        let object: RevocationObject
        /// `nil` when lists cannot be told apart by it.
        let series: CRLSeries?
        let source: String

        /// Whether one of its series that is newer takes its place, and it that of one that is older.
        var isSound: Bool { object.signedByTrust && series != nil }
    }

    private struct Content {
        var files: TrustFiles
        var addresses: TrustAddresses
        var certificates: TrustStore
        /// By address.
        var fetched: [String: List] = [:]
        /// Those in the store.
        var serving: [List] = []
    }

    private let path: String
    private let folder: CRLFolder
    private let trust: TrustKeeper
    private let logger: Logger
    /// Held while a store is made, which can take a moment.
    private let content: Mutex<Content>
    private let seen: Mutex<View>

    /// Reads the trust folder and the lists fetched before, and puts a store of both in the keeper's place.
    ///
    /// - Throws: `trust-unreadable`.
    init(path: String, folder: CRLFolder, trust: TrustKeeper, now: Int64, logger: Logger) throws(Failure) {
        self.path = path
        self.folder = folder
        self.trust = trust
        self.logger = logger
        var content = try CRLDesk.read(path)
        CRLDesk.restore(&content, folder)
        let store = try CRLDesk.compose(&content, now: now)
        seen = Mutex(View(addresses: content.addresses, certificates: content.certificates))
        self.content = Mutex(content)
        trust.replace(with: store)
    }

    var view: View { seen.withLock { $0 } }

    /// The newest list of each issuer that serves, by name.
    var states: [RevocationListState] {
        var newest: [String: List] = [:]
        for list in content.withLock({ $0.serving }) {
            let name = list.object.name
            if newest[name].map({ $0.object.from < list.object.from }) ?? true { newest[name] = list }
        }
        return newest.values.map {
            RevocationListState(
                issuer: $0.object.name, thisUpdate: $0.object.from, nextUpdate: $0.object.until, source: $0.source)
        }.sorted { $0.issuer < $1.issuer }
    }

    /// The list that an address gave last; `nil` before it gave one.
    func list(from url: String) -> RevocationObject? { content.withLock { $0.fetched[url]?.object } }

    /// Reads the trust folder and its addresses again. When it cannot be read, all stays as it was.
    ///
    /// - Throws: `trust-unreadable`.
    func reload(now: Int64) throws(Failure) {
        try content.withLock { (content) throws(Failure) in
            var changed = try CRLDesk.read(path)
            CRLDesk.restore(&changed, folder)
            for url in changed.addresses.crls {
                // What is newer than on disk is there when the disk is full.
                guard let known = content.fetched[url],
                    let list = CRLDesk.list(known.der, url, changed.certificates), list.isSound,
                    changed.fetched[url].map({ $0.object.from < list.object.from }) ?? true
                else { continue }
                changed.fetched[url] = list
            }
            let store = try CRLDesk.compose(&changed, now: now)
            content = changed
            seen.withLock { $0 = View(addresses: changed.addresses, certificates: changed.certificates) }
            trust.replace(with: store)
        }
    }

    /// Takes what an address gave, DER or PEM.
    ///
    /// - Parameter now: Unix seconds.
    /// - Returns: until when the list holds, Unix seconds.
    /// - Throws: ``RevocationFault``, and nothing has changed.
    /// - Durability: on disk when this returns, if the disk takes it; the list serves either way.
    func take(_ bytes: [UInt8], from url: String, now: Int64) throws -> Int64 {
        let blocks = DERBlocks.blocks(in: bytes)
        guard let der = blocks.first(where: { $0.label == nil || $0.label == "X509 CRL" })?.der else {
            throw RevocationFault("it is no CRL")
        }
        return try content.withLock { content in
            guard content.addresses.crls.contains(url) else { throw RevocationFault("it is no address any more") }
            guard let list = CRLDesk.list(der, url, content.certificates) else { throw RevocationFault("it is no CRL") }
            guard list.isSound, let until = list.object.until else {
                throw RevocationFault(
                    "it is a CRL that no CA of the trust folder signed, or of a kind that cannot serve")
            }
            guard list.object.from <= now + Self.clockDifference else { throw RevocationFault("it is of the future") }
            if let known = content.fetched[url], known.series == list.series {
                if known.object.sha256 == list.object.sha256 { return until }
                guard list.object.from >= known.object.from else {
                    throw RevocationFault("it is older than what came before")
                }
            }
            var changed = content
            changed.fetched[url] = list
            let store = try CRLDesk.compose(&changed, now: now)
            do throws(DiskError) {
                try folder.keep(list.der, from: url)
            } catch {
                logger.error("a CRL serves, but cannot be kept", metadata: ["address": "\(url)", "error": "\(error)"])
            }
            content = changed
            trust.replace(with: store)
            return until
        }
    }

    /// Removes the files of addresses that are there no more.
    func tidy() {
        let urls = view.addresses.crls
        // Without any the folder may only be another one than usual.
        guard !urls.isEmpty else { return }
        try? folder.forget(allBut: urls)
    }

    // MARK: Making stores

    private static func read(_ path: String) throws(Failure) -> Content {
        let files = try TrustFiles(path: path)
        return Content(
            files: files, addresses: try TrustAddresses(folder: path), certificates: try files.store(with: []))
    }

    private static func restore(_ content: inout Content, _ folder: CRLFolder) {
        for url in content.addresses.crls {
            guard let der = folder.list(from: url, limit: sizeLimit),
                let list = list(der, url, content.certificates), list.isSound
            else { continue }
            content.fetched[url] = list
        }
    }

    private static func list(_ der: [UInt8], _ source: String, _ trust: TrustStore) -> List? {
        guard let object = trust.inspect(der), object.kind == .crl else { return nil }
        return List(der: der, object: object, series: CRLSeries(der: der), source: source)
    }

    /// The store of all lists but those for which a newer one of the same series is there: one that still names a certificate whose
    /// suspension was lifted since would go on refusing it.
    private static func compose(_ content: inout Content, now: Int64) throws(Failure) -> TrustStore {
        let own = content.files.lists.compactMap { list($0.der, $0.file, content.certificates) }
        let lists = own + content.addresses.crls.compactMap { content.fetched[$0] }
        var newest: [CRLSeries: Int64] = [:]
        for list in lists where list.isSound && list.object.from <= now + clockDifference {
            guard let series = list.series else { continue }
            newest[series] = max(newest[series] ?? list.object.from, list.object.from)
        }
        var known: Set<[UInt8]> = []
        content.serving = lists.filter { list in
            if list.isSound, let series = list.series, let from = newest[series], list.object.from < from {
                return false
            }
            return known.insert(list.object.sha256).inserted
        }
        return try content.files.store(with: content.serving.map(\.der))
    }
}
