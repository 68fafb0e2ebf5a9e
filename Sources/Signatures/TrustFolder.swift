public import Catalogue
import Glibc

extension TrustStore {
    /// The most bytes of one trust file: national CRLs run to megabytes.
    public static let fileLimit = 16 << 20
    /// The most files of a trust folder.
    public static let folderLimit = 1000

    /// Reads a trust folder: `roots/`, `intermediates/` and `crls/`, or all files side by side, or one PEM file.
    ///
    /// Side by side, a self-signed CA is a root, any other CA an intermediate. Names that begin with a dot, `README` files and
    /// `addresses` (see ``TrustAddresses``) are passed over; anything else that is no CA certificate or CRL is an error.
    ///
    /// A store never changes: after the files have changed, build another and use it instead.
    /// - Throws: ``Problem/trustUnreadable`` with the file at fault, or when there is no root at all.
    public init(folder path: String) throws(Failure) {
        try self.init()
        if isFolder(path) {
            var files = 0
            for (name, kind) in [("", Kind.any), ("roots", .root), ("intermediates", .intermediate), ("crls", .crl)] {
                let folder = name.isEmpty ? path : "\(path)/\(name)"
                guard isFolder(folder) else { continue }
                for file in try names(in: folder) where !file.hasPrefix(".") && !file.hasPrefix("README") {
                    let whole = "\(folder)/\(file)"
                    if isFolder(whole) || name.isEmpty && file == TrustAddresses.fileName { continue }
                    files += 1
                    guard files <= Self.folderLimit else {
                        throw unusable(path, "it holds more than \(Self.folderLimit) files")
                    }
                    try add(try contents(of: whole, limit: Self.fileLimit), as: kind, from: whole)
                }
            }
        } else {
            try add(try contents(of: path, limit: Self.fileLimit), as: .any, from: path)
        }
        guard rootCount > 0 else { throw unusable(path, "it holds no root certificate") }
    }
}

func unusable(_ file: String, _ reason: String) -> Failure {
    Problem.trustUnreadable(["file": file, "reason": reason])
}

private func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

private func names(in folder: String) throws(Failure) -> [String] {
    guard let directory = opendir(folder) else { throw unusable(folder, String(cString: strerror(errno))) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        names.append(name)
    }
    return names.sorted()
}

func contents(of file: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unusable(file, String(cString: strerror(errno))) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw unusable(file, String(cString: strerror(errno)))
        }
        if count == 0 { return bytes }
        bytes += chunk.prefix(count)
        guard bytes.count <= limit else {
            throw unusable(file, "it has more than \(limit) bytes")
        }
    }
}
