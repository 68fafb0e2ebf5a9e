import LedgerMerkle
import LedgerStorage

/// The CRLs that were fetched, a file for each address: so that a service without a network starts with what it had.
struct CRLFolder: Sendable {
    let path: String
    let disk: any Disk

    init(path: String, disk: any Disk = PosixDisk()) {
        self.path = path
        self.disk = disk
    }

    private static let suffix = ".crl"

    private func name(of url: String) -> String { hexadecimal(SHA256.hash(Array(url.utf8)).bytes) + Self.suffix }

    /// What was fetched from an address; `nil` when there is nothing that can be read.
    func list(from url: String, limit: Int) -> [UInt8]? {
        do throws(DiskError) {
            return try disk.readAll("\(path)/\(name(of: url))", limit: limit)
        } catch {
            return nil
        }
    }

    /// Keeps a list in place of the one before.
    ///
    /// - Durability: on disk when this returns.
    func keep(_ der: [UInt8], from url: String) throws(DiskError) {
        if !disk.exists(path) {
            try disk.makeDirectory(path)
            try disk.synchronizeDirectory(parent)
        }
        try disk.replace("\(path)/\(name(of: url))", with: der)
    }

    /// Removes the lists of addresses that are not among these.
    func forget(allBut urls: [String]) throws(DiskError) {
        guard disk.exists(path) else { return }
        let known = Set(urls.map { name(of: $0) })
        for file in try disk.list(path) where isOurs(file) && !known.contains(file) {
            try disk.remove("\(path)/\(file)")
        }
    }

    private func isOurs(_ file: String) -> Bool {
        file.hasSuffix(Self.suffix) || file.hasSuffix(Self.suffix + ".new")
    }

    private var parent: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
