import Catalogue
import LedgerEngine
import LedgerStorage
import TOMLKit

/// The options of `tamga serve` in a file (TOML 1.0), one key for each, under the option's own name.
struct ConfigFile {
    static let name = "tamga.toml"
    private static let limit = 1 << 20

    let path: String
    /// As options on a command line have them, in the order of the help.
    let values: [(option: ServeOption, value: String)]

    /// The file that a start takes: the one named, else `tamga.toml` in the data folder; `nil` where there is neither.
    static func find(_ named: String?, in folder: DataFolder) throws -> ConfigFile? {
        if let named { return try ConfigFile(path: named) }
        let path = "\(folder.path)/\(name)"
        return PosixDisk().exists(path) ? try ConfigFile(path: path) : nil
    }

    /// Reads a file.
    ///
    /// - Throws: `file-unreadable`; `config-invalid` with the place and what can be done.
    init(path: String) throws {
        self.path = path
        let text = String(decoding: try Files.read(path, limit: ConfigFile.limit), as: UTF8.self)
        let table: TOMLTable
        do {
            table = try TOMLTable(string: text)
        } catch {
            throw Problem.configInvalid(["path": path, "reason": "\(error)"])
        }
        func invalid(_ reason: String) -> Failure { Problem.configInvalid(["path": path, "reason": reason]) }
        var given: [String: String] = [:]
        for key in table.keys {
            guard let option = ServeOption.all.first(where: { $0.name == key }) else {
                throw invalid(ConfigFile.unknown(key))
            }
            guard let value = table[key] else { continue }
            if let flag = value.bool, option.isFlag {
                given[key] = flag ? "true" : nil
            } else if let number = value.int, !option.isFlag {
                given[key] = String(number)
            } else if let text = value.string, !option.isFlag {
                given[key] = ConfigFile.resolved(text, of: key, from: path)
            } else {
                throw invalid("\(key) is \(option.isFlag ? "true or false" : "a text in quotation marks or a number")")
            }
        }
        values = ServeOption.all.compactMap { option in given[option.name].map { (option, $0) } }
    }

    private static func unknown(_ key: String) -> String {
        if ServeOption.notInFiles.contains(key) { return "\(key) is said at a start, not in a file" }
        return "there is no option \(key); there are: " + ServeOption.all.map(\.name).joined(separator: ", ")
    }

    /// Paths are those of the file, wherever the service is started.
    private static func resolved(_ text: String, of key: String, from path: String) -> String {
        guard ServeOption.paths.contains(key), !text.hasPrefix("/"), let slash = path.lastIndex(of: "/") else {
            return text
        }
        return path[...slash] + text
    }

    /// The options as arguments of a command line.
    var arguments: [String] {
        values.flatMap { $0.option.isFlag ? ["--\($0.option.name)"] : ["--\($0.option.name)=\($0.value)"] }
    }
}
