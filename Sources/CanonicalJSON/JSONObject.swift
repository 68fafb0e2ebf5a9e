/// A JSON object: members in order, each name once (compared byte by byte; of equal names the last one counts).
///
/// Two objects with the same members are equal, whatever their order. O(n log n).
public struct JSONObject: Hashable, Sendable {
    /// One name with its value.
    public struct Member: Hashable, Sendable {
        public let name: String
        public var value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The members, in the order in which they came.
    public private(set) var members: [Member]

    /// An object without members.
    public init() { members = [] }

    /// The members given; an earlier one whose name comes again is dropped. O(n).
    public init(_ members: [Member]) {
        self.members = Self.lastOfEach(members) { Array($0.utf8) }
    }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }
    /// How many members there are.
    public var count: Int { members.count }

    /// The value under a name, compared byte by byte. Setting `nil` removes the member; a new name goes to the end. O(n).
    public subscript(name: String) -> JSONValue? {
        get { position(name).map { members[$0].value } }
        set {
            switch (position(name), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): members.remove(at: position)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    /// The value under a name without regard to the case of ASCII letters; the last one when several differ in case only.
    public func value(ignoringCase name: String) -> JSONValue? {
        members.last { Self.equalIgnoringCase($0.name, name) }?.value
    }

    /// The object in which names that differ only in the case of ASCII letters count as one: the last one stays. O(n).
    public func uniqueIgnoringCase() -> JSONObject {
        var object = self
        object.members = Self.lastOfEach(members) { $0.utf8.map(Self.lowered) }
        return object
    }

    /// Whether two names are the same without regard to the case of ASCII letters.
    public static func equalIgnoringCase(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count
            && zip(one.utf8, other.utf8).allSatisfy { lowered($0) == lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private func position(_ name: String) -> Int? {
        members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// Drops every member whose key comes again later.
    private static func lastOfEach(_ members: [Member], key: (String) -> [UInt8]) -> [Member] {
        guard members.count > 1 else { return members }
        var seen = Set<[UInt8]>(minimumCapacity: members.count)
        var kept: [Member] = []
        kept.reserveCapacity(members.count)
        for member in members.reversed() where seen.insert(key(member.name)).inserted {
            kept.append(member)
        }
        return kept.count == members.count ? members : kept.reversed()
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject {
    /// The members ascending by the UTF-8 bytes of their names.
    public var sortedMembers: [Member] {
        members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    public static func == (one: JSONObject, other: JSONObject) -> Bool {
        one.count == other.count && (one.members == other.members || one.sortedMembers == other.sortedMembers)
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(sortedMembers) }
}
