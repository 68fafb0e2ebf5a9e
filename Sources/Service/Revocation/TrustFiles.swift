import Catalogue
import Glibc
import LedgerStorage
import Signatures

/// What a trust folder holds, taken apart so that its CRLs can give way to newer ones.
struct TrustFiles: Sendable {
    /// A CRL and the file that it is in.
    struct List: Sendable {
        let der: [UInt8]
        let file: String
    }

    /// Roots and intermediates, DER.
    let certificates: [[UInt8]]
    let lists: [List]

    /// Reads a trust folder, or one PEM file.
    ///
    /// - Throws: `trust-unreadable` with the file at fault.
    init(path: String) throws(Failure) {
        // Says what is wrong with which file, and how many roots there are to be.
        let whole = try TrustStore(folder: path)
        var certificates: [[UInt8]] = []
        var lists: [List] = []
        for file in try TrustFiles.files(of: path) {
            for block in DERBlocks.blocks(in: try TrustFiles.contents(of: file.path)) {
                switch whole.inspect(block.der)?.kind {
                case .crl: lists.append(List(der: block.der, file: file.path))
                case .certificate:
                    // One that signed itself is a root only where roots are kept.
                    if file.isOfIntermediates, try TrustStore(certificates: [block.der]).rootCount > 0 { continue }
                    certificates.append(block.der)
                default: throw TrustFiles.unusable(file.path, "it is no whole PEM or DER certificate or CRL")
                }
            }
        }
        self.certificates = certificates
        self.lists = lists
        guard try store(with: []).rootCount == whole.rootCount, lists.count == whole.crlCount else {
            throw TrustFiles.unusable(path, "it changed while it was read, or has PEM that is not canonical")
        }
    }

    /// The certificates with these CRLs, DER.
    func store(with lists: [[UInt8]]) throws(Failure) -> TrustStore {
        try TrustStore(certificates: certificates, crls: lists)
    }

    private struct File {
        let path: String
        var isOfIntermediates = false
    }

    /// The files that ``TrustStore`` reads of a folder.
    private static func files(of path: String) throws(Failure) -> [File] {
        guard isFolder(path) else { return [File(path: path)] }
        var files: [File] = []
        for part in ["", "roots", "intermediates", "crls"] {
            let folder = part.isEmpty ? path : "\(path)/\(part)"
            guard isFolder(folder) else { continue }
            let names: [String]
            do throws(DiskError) {
                names = try PosixDisk().list(folder)
            } catch {
                throw unusable(folder, error.reason)
            }
            for name in names where !name.hasPrefix(".") && !name.hasPrefix("README") {
                let file = "\(folder)/\(name)"
                if isFolder(file) || part.isEmpty && name == TrustAddresses.fileName { continue }
                files.append(File(path: file, isOfIntermediates: part == "intermediates"))
            }
        }
        return files
    }

    private static func contents(of file: String) throws(Failure) -> [UInt8] {
        do throws(DiskError) {
            return try PosixDisk().readAll(file, limit: TrustStore.fileLimit)
        } catch {
            throw unusable(file, error.reason)
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func unusable(_ file: String, _ reason: String) -> Failure {
        Problem.trustUnreadable(["file": file, "reason": reason])
    }
}
