import Catalogue
import Filing
import HTTPTypes
import Hummingbird
import LedgerMerkle
import LedgerStorage
import NIOCore

/// `GET /v1/validation/{sha256}`: the CRLs and OCSP responses that acts name and that are too large for the evidence. CAs publish them: they are
/// for everybody.
struct ValidationRoutes {
    private static let partSize = 64 << 10

    let folder: ContentFolder
    private let disk: any Disk = PosixDisk()

    func add(to router: some RouterMethods<CallContext>) {
        router.get("v1/validation/:sha256") { _, context in
            try answer(context.parameters.get("sha256") ?? "")
        }
    }

    /// Sent in parts as they are read: a national CRL has megabytes, and whoever gets it compares its digest.
    private func answer(_ name: String) throws -> Response {
        guard ContentFolder.isName(name), let digest = Digest(hexadecimal: name), folder.contains(digest) else {
            throw Problem.notFound()
        }
        let path = folder.file(of: digest)
        let size = try disk.open(path, readOnly: true, create: false).size()
        guard size > 0, size <= ContentFolder.sizeLimit else {
            throw Problem.ledgerDamaged([
                "reason": "the revocation data \(name) are not as they were kept", "remedy": "run `tamga audit`",
            ])
        }
        let body = ResponseBody(contentLength: size) { [disk] writer in
            var offset = 0
            while offset < size {
                // Opened for each part: whoever reads slowly must not hold a descriptor.
                let file = try disk.open(path, readOnly: true, create: false)
                let part = try file.read(count: min(Self.partSize, size - offset), at: offset)
                guard !part.isEmpty else { throw CutShort() }
                try await writer.write(ByteBuffer(bytes: part))
                offset += part.count
            }
            try await writer.finish(nil)
        }
        var response = Response(status: .ok, headers: [.contentType: "application/octet-stream"], body: body)
        response.headers[.cacheControl] = "public, max-age=31536000, immutable"
        response.headers[.accessControlAllowOrigin] = "*"
        return response
    }

    /// The file ended before its length: the connection ends, so that nobody takes the part for the whole.
    private struct CutShort: Error {}
}

extension Office {
    /// Where what a record's evidence names and does not carry can be read.
    func validationPaths(of record: FiledRecord) -> [String] {
        deeds.validation.kept(of: record).map { "/v1/validation/\($0)" }
    }
}
