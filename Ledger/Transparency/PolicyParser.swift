extension Policy {
    /// The largest policy file that is read, in bytes.
    public static let maximumByteCount = 1 << 18
    /// The most logs, and likewise witnesses, and likewise groups, that are read; the specification asks for 32.
    public static let maximumDefinitions = 256

    /// Reads a policy file.
    ///
    /// Stricter than some programs, as the specification is: comments are whole lines, one public key stands once among
    /// the logs and once among the witnesses, every line ends with a newline. Log keys must be of type 0x01. A witness's
    /// key may be written with type 0x01, as published policies do; its cosignatures are of type 0x04 all the same.
    ///
    /// - Throws: `malformed`, `limitExceeded`, or the error of a key; the reason begins with the line.
    public init(parsing bytes: [UInt8]) throws(TransparencyError) {
        guard bytes.count <= Policy.maximumByteCount else {
            throw .limit("a policy of \(bytes.count) bytes is larger than \(Policy.maximumByteCount)")
        }
        var parser = PolicyParser()
        var lines = LineReader(bytes)
        var number = 0
        while !lines.isAtEnd {
            number += 1
            guard let line = lines.next() else { throw .malformed("line \(number) does not end with a newline") }
            do {
                try parser.read(line)
            } catch {
                throw TransparencyError(code: error.code, reason: "line \(number): \(error.reason)")
            }
        }
        self = try parser.finish()
    }
}

/// Takes the lines of a policy file one by one.
private struct PolicyParser {
    private typealias Word = ArraySlice<UInt8>

    private var logs: [VerifierKey] = []
    private var witnesses: [Policy.Witness] = []
    private var groups: [Policy.Group] = []
    private var quorum: Policy.Member??
    private var defined: [[UInt8]: Policy.Member] = [:]
    private var grouped: Set<[UInt8]> = []

    private static let reserved: Set<[UInt8]> = [Array("none".utf8), Array("all".utf8), Array("any".utf8)]

    mutating func read(_ line: ArraySlice<UInt8>) throws(TransparencyError) {
        guard line.allSatisfy({ $0 == 0x09 || (0x20...0x7e).contains($0) || $0 >= 0x80 }) else {
            throw .malformed("a policy holds no control characters but tab and newline")
        }
        let words = line.split { $0 == 0x20 || $0 == 0x09 }
        guard let first = words.first, first.first != UInt8(ascii: "#") else { return }
        let rest = Array(words.dropFirst())
        switch String(decoding: first, as: UTF8.self) {
        case "log": try readLog(rest)
        case "witness": try readWitness(rest)
        case "group": try readGroup(rest)
        case "quorum": try readQuorum(rest)
        case let other: throw .malformed("\(other) is none of log, witness, group, quorum")
        }
    }

    func finish() throws(TransparencyError) -> Policy {
        guard let quorum else { throw .malformed("the policy has no quorum line") }
        return Policy(logs: logs, witnesses: witnesses, groups: groups, quorum: quorum)
    }

    private mutating func readLog(_ words: [Word]) throws(TransparencyError) {
        guard (1...2).contains(words.count) else { throw .malformed("a log line has the form: log key [url]") }
        try checkRoom(logs.count, "logs")
        let key = try readKey(words[0])
        guard key.algorithm == .ed25519 else {
            throw TransparencyError(code: .wrongAlgorithm, reason: "the key of a log must be of type 1 (Ed25519)")
        }
        guard !logs.contains(where: { $0.publicKey == key.publicKey }) else {
            throw .malformed("the key of \(key.name) is another log's key too")
        }
        _ = try readURL(words.dropFirst().first)
        logs.append(key)
    }

    private mutating func readWitness(_ words: [Word]) throws(TransparencyError) {
        guard (2...3).contains(words.count) else {
            throw .malformed(
                "a witness line has the form: witness name key [url]; comments stand on lines of their own")
        }
        try checkRoom(witnesses.count, "witnesses")
        let name = try readNewName(words[0])
        let key = try readKey(words[1]).wrapped(as: .cosignatureV1)
        guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
            throw .malformed("the key of witness \(display(name)) is another witness's key too")
        }
        defined[name] = .witness(witnesses.count)
        witnesses.append(Policy.Witness(name: name, key: key, url: try readURL(words.dropFirst(2).first)))
    }

    private mutating func readGroup(_ words: [Word]) throws(TransparencyError) {
        guard words.count >= 3 else {
            throw .malformed("a group line has the form: group name all|any|number member…")
        }
        try checkRoom(groups.count, "groups")
        let name = try readNewName(words[0])
        var members: [Policy.Member] = []
        for word in words.dropFirst(2) {
            let member = try readDefinedName(word)
            guard grouped.insert(Array(word)).inserted else {
                throw .malformed("\(display(word)) is a member of a group already")
            }
            members.append(member)
        }
        let threshold = try readThreshold(words[1], of: members.count)
        defined[name] = .group(groups.count)
        groups.append(Policy.Group(name: name, threshold: threshold, members: members))
    }

    private mutating func readQuorum(_ words: [Word]) throws(TransparencyError) {
        guard words.count == 1 else { throw .malformed("a quorum line has the form: quorum name|none") }
        guard quorum == nil else { throw .malformed("the policy has a second quorum line") }
        quorum = words[0].elementsEqual("none".utf8) ? .some(nil) : .some(try readDefinedName(words[0]))
    }

    private func readThreshold(_ word: Word, of count: Int) throws(TransparencyError) -> Int {
        switch String(decoding: word, as: UTF8.self) {
        case "all": return count
        case "any": return 1
        default:
            guard let threshold = parseDecimal(word), threshold >= 1, threshold <= count else {
                throw .malformed("the threshold \(display(word)) is none of all, any, 1…\(count)")
            }
            return Int(threshold)
        }
    }

    private func readKey(_ word: Word) throws(TransparencyError) -> VerifierKey {
        guard let text = parseUTF8(word) else { throw .malformed("a key is not valid UTF-8") }
        return try VerifierKey(parsing: text)
    }

    private func readURL(_ word: Word?) throws(TransparencyError) -> String? {
        guard let word else { return nil }
        guard word.first != UInt8(ascii: "#") else {
            throw .malformed("a comment must stand on a line of its own")
        }
        return display(word)
    }

    private func readNewName(_ word: Word) throws(TransparencyError) -> [UInt8] {
        let name = Array(word)
        guard !PolicyParser.reserved.contains(name) else { throw .malformed("\(display(name)) cannot be a name") }
        guard defined[name] == nil else { throw .malformed("the name \(display(name)) is defined twice") }
        return name
    }

    private func readDefinedName(_ word: Word) throws(TransparencyError) -> Policy.Member {
        guard let member = defined[Array(word)] else {
            throw .malformed("the name \(display(word)) is not defined on a line before")
        }
        return member
    }

    private func checkRoom(_ count: Int, _ what: String) throws(TransparencyError) {
        guard count < Policy.maximumDefinitions else {
            throw .limit("the policy has more than \(Policy.maximumDefinitions) \(what)")
        }
    }

    private func display(_ name: some Collection<UInt8>) -> String {
        String(decoding: name, as: UTF8.self)
    }
}
