import CanonicalJSON
import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerEngine
import LedgerMerkle
import LedgerStorage
import LedgerTransparency

/// What everybody may read. Checkpoint, tiles and bundles (C2SP tlog-tiles) stand under the published checkpoint; proofs reach up to the
/// newest signed one, so that what was just acknowledged can be proved at once.
struct LedgerRoutes {
    let ledger: Ledger
    let keptFiles: KeptFilesScrub

    func add(to router: Router<CallContext>) {
        router.get("checkpoint") { _, _ in try checkpoint() }
        router.get("tile/**") { request, _ in try tile(request.uri.path) }
        router.get("v1/inclusion") { request, _ in try inclusion(request) }
        router.get("v1/consistency") { request, _ in try consistency(request) }
        router.get("healthz") { _, _ in try health() }
    }

    private func checkpoint() throws -> Response {
        var response = Response(bytes: try ledger.publishedCheckpoint().note, type: "text/plain; charset=utf-8")
        response.headers[.cacheControl] = "no-store"
        response.headers[.accessControlAllowOrigin] = "*"
        return response
    }

    /// Tiles and bundles that lie wholly within the published tree. Partial ones come from memory and are stored nowhere.
    private func tile(_ path: String) throws -> Response {
        guard let tile = TilePath(parsing: String(path.dropFirst())) else { throw Problem.notFound() }
        let size = try ledger.publishedCheckpoint().size
        let bytes: [UInt8]
        switch tile.content {
        case .hashes(let level):
            guard let hashes = try ledger.tile(level: level, index: tile.index, width: tile.width, size: size) else {
                throw Problem.notFound()
            }
            bytes = hashes.flatMap(\.bytes)
        case .entries:
            let (first, overflow) = tile.index.multipliedReportingOverflow(by: 256)
            guard !overflow, first < size, UInt64(tile.width) <= size - first else { throw Problem.notFound() }
            let entries = try ledger.entries(in: first..<first + UInt64(tile.width))
            bytes = try EntryBundle(entries).encoded
        }
        var response = Response(bytes: bytes, type: "application/octet-stream")
        response.headers[.cacheControl] = "public, max-age=604800, immutable"
        response.headers[.accessControlAllowOrigin] = "*"
        return response
    }

    private func inclusion(_ request: Request) throws -> Response {
        let checkpoint = try ledger.newestCheckpoint()
        let size = try request.number("size") ?? checkpoint.size
        let index: UInt64
        if let given = try request.number("index") {
            index = given
        } else if let leaf = request.uri.queryParameters["leaf"] {
            guard let hash = Digest(hexadecimal: leaf) else {
                throw Problem.badRequest(["reason": "leaf must be 64 hexadecimal digits"])
            }
            // The index compares 16 bytes; all 32 must be asked for.
            guard let found = try ledger.find(DomainKey(leafHash: hash)), try ledger.leafHash(at: found) == hash else {
                throw Problem.notFound()
            }
            index = found
        } else {
            throw Problem.badRequest(["reason": "index or leaf is needed"])
        }
        let proof = try ledger.inclusionProof(index: index, size: size)
        let leafHash = try ledger.leafHash(at: index)
        var object: JSONObject = [
            "index": JSONValue(index), "size": JSONValue(size), "leaf_hash": .string(Base64.encode(leafHash.bytes)),
            "root": .string(Base64.encode(try proof.root(leafHash: leafHash).bytes)), "hashes": hashes(proof.hashes),
        ]
        if size == checkpoint.size {
            object["checkpoint"] = .string(String(decoding: checkpoint.note, as: UTF8.self))
        }
        return open(.object(object))
    }

    private func consistency(_ request: Request) throws -> Response {
        guard let old = try request.number("from") else { throw Problem.badRequest(["reason": "from is needed"]) }
        let new = try request.number("to") ?? ledger.newestCheckpoint().size
        let proof = try ledger.consistencyProof(from: old, to: new)
        return open(["from": JSONValue(old), "to": JSONValue(new), "hashes": hashes(proof.hashes)])
    }

    private func health() throws -> Response {
        let published = try ledger.publishedCheckpoint()
        var object: JSONObject = [
            "status": "ok", "size": JSONValue(ledger.size), "published": JSONValue(published.size),
        ]
        // Where it lies is the operator's business. What is not damaged is served, and filing goes on: no reason to take the service away.
        let kept = keptFiles.state.damagedCount
        let damaged = ledger.knownDamage.count + kept
        if damaged > 0 {
            object["status"] = "damaged"
            object["damaged_files"] = JSONValue(damaged)
            object["reason"] = .string(
                "files are damaged; see `tamga compact --status`" + (damaged > kept ? ", and run `tamga repair`" : ""))
        }
        guard let reason = ledger.stopReason else { return Response(.object(object)) }
        object["status"] = "filing closed"
        object["reason"] = .string("\(Failure(reason))")
        return Response(.object(object), status: .serviceUnavailable)
    }

    private func hashes(_ hashes: [Digest]) -> JSONValue {
        .array(hashes.map { .string(Base64.encode($0.bytes)) })
    }

    private func open(_ json: JSONValue) -> Response {
        var response = Response(json)
        response.headers[.accessControlAllowOrigin] = "*"
        return response
    }
}
