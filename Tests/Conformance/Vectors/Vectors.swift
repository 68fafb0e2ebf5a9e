import Foundation
import LedgerMerkle
import LedgerTransparency
import Testing

/// Test vectors that others wrote: the folder that TAMGA_VECTORS names, else `../shared/vectors` beside the package.
///
/// Every case found there is run. A test whose folder is missing is skipped and says which folder that is.
enum Vectors {
    static let variable = "TAMGA_VECTORS"

    static let root: URL? = {
        if let named = ProcessInfo.processInfo.environment[variable], !named.isEmpty {
            let url = URL(fileURLWithPath: named)
            return isFolder(url) ? url : nil
        }
        let source = URL(fileURLWithPath: #filePath)
        let starts =
            [source, source.resolvingSymlinksInPath()].map(packageRoot) + [
                URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
            ]
        return starts.lazy.compactMap(searchUpwards).first
    }()

    /// Tests/Conformance/Vectors/<this file> lies four levels below the package.
    private static func packageRoot(_ file: URL) -> URL {
        (0..<4).reduce(file) { url, _ in url.deletingLastPathComponent() }
    }

    /// `shared/vectors` beside a folder, or beside one of the folders that hold it.
    private static func searchUpwards(from start: URL) -> URL? {
        var folder = start.standardizedFileURL
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent("shared/vectors")
            if isFolder(candidate) { return candidate }
        }
        return nil
    }

    private static func isFolder(_ url: URL) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    static func folder(_ name: String) -> URL? {
        root.map { $0.appendingPathComponent(name) }.flatMap { isFolder($0) ? $0 : nil }
    }

    static func json(_ folder: String, _ file: String) throws -> Any {
        let url = try #require(self.folder(folder)).appendingPathComponent(file)
        return try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    }

    /// A JSON object of a file; a section of it is read with `cases`.
    static func object(_ folder: String, _ file: String) throws -> Fields {
        Fields(try #require(try json(folder, file) as? [String: Any]))
    }

    static func bytes(_ folder: String, _ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: try #require(self.folder(folder)).appendingPathComponent(file)))
    }

    /// Every file below a folder whose name ends with `suffix`, as paths from there, in order.
    static func files(_ folder: String, below path: String, suffix: String) throws -> [String] {
        let start = try #require(self.folder(folder)).appendingPathComponent(path)
        let found = FileManager.default.enumerator(atPath: start.path)?.compactMap { $0 as? String } ?? []
        return found.filter { $0.hasSuffix(suffix) }.sorted().map { "\(path)/\($0)" }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips a test whose vectors are not there.
    static func vectors(_ folder: String) -> Self {
        .enabled(
            if: Vectors.folder(folder) != nil,
            "the test vectors \(folder) are missing: put them into ../shared/vectors or set \(Vectors.variable)")
    }
}

/// The fields of one case. A missing field fails the test unless it is asked for as optional.
struct Fields {
    private let values: [String: Any]

    init(_ values: [String: Any]) {
        self.values = values
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    func optional<T>(_ name: String, as type: T.Type = T.self) -> T? { values[name] as? T }

    func value<T>(_ name: String, as type: T.Type = T.self) throws -> T {
        try #require(values[name] as? T, "field \(name) of \(values)")
    }

    func string(_ name: String) throws -> String { try value(name) }

    func integer(_ name: String) throws -> UInt64 {
        let number = try value(name, as: NSNumber.self)
        return number.uint64Value
    }

    func flag(_ name: String) -> Bool { (values[name] as? Bool) ?? false }

    func cases(_ section: String) throws -> [Fields] {
        try value(section, as: [[String: Any]].self).map(Fields.init)
    }

    func digest(_ name: String) throws -> Digest {
        try #require(Digest(Base64.decode(string(name)) ?? []), "field \(name) is the base64 of 32 bytes")
    }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Whether `body` succeeds.
func succeeds(_ body: () throws -> Void) -> Bool {
    (try? body()) != nil
}
