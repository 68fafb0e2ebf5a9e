import ArgumentParser

/// One option of `tamga serve`, as its help describes it: the help is the one place where options are said.
struct ServeOption {
    /// The long name without its dashes.
    let name: String
    /// Whether it is there or not, and takes no value.
    let isFlag: Bool
    let help: String
    /// As the help states it; `nil` where nothing is taken unless given.
    let standard: String?

    /// What is said at a start and not in a file: where the file is, and what holds for this one start only.
    static let notInFiles: Set<String> = ["data", "config", "accept-clock", "version", "help"]

    /// Options that name a file or a folder.
    static let paths: Set<String> = ["trust", "tls-certificate", "tls-key", "mail-password-file", "mail-ca"]

    /// Every option that a file may hold, in the order of the help.
    static let all: [ServeOption] = read(Serve.helpMessage(columns: 100)).filter { !notInFiles.contains($0.name) }

    private static func read(_ help: String) -> [ServeOption] {
        var options: [(label: String, text: String)] = []
        for line in help.split(separator: "\n") {
            if line.hasPrefix("  --") {
                let words = line.split(separator: " ", omittingEmptySubsequences: false).dropFirst(2)
                // The name, and its value's in angle brackets.
                let count = words.dropFirst().first?.hasPrefix("<") == true ? 2 : 1
                options.append((words.prefix(count).joined(separator: " "), ""))
                append(words.dropFirst(count).joined(separator: " "), to: &options)
            } else if line.hasPrefix("        "), !options.isEmpty {
                append(line, to: &options)
            }
        }
        return options.map { option in
            let words = option.label.split(separator: " ")
            return ServeOption(
                name: String(words[0].dropFirst(2)), isFlag: words.count == 1, help: option.text,
                standard: standard(option.text))
        }
    }

    private static func append(_ text: some StringProtocol, to options: inout [(label: String, text: String)]) {
        let words = text.split(separator: " ").joined(separator: " ")
        guard !words.isEmpty, let last = options.indices.last else { return }
        options[last].text += (options[last].text.isEmpty ? "" : " ") + words
    }

    /// `(default: X)`, or `X unless given`.
    private static func standard(_ text: String) -> String? {
        if let range = text.firstRange(of: "(default: ") {
            return String(text[range.upperBound...].prefix { $0 != ")" })
        }
        guard let range = text.firstRange(of: " unless given") else { return nil }
        return text[..<range.lowerBound].split(separator: " ").last.map(String.init)
    }
}
