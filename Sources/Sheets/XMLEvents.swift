import CExpat
import Catalogue

/// What a reader of XML hears.
protocol XMLListener: AnyObject {
    /// An element begins. Names have no prefix.
    func begin(_ name: String, _ attributes: [String: String])
    func end(_ name: String)
    func text(_ text: String)
    /// What is wrong with what it heard; ends the reading.
    var failure: Failure? { get }
}

/// Reads a part as XML, over Expat. A document type, and so every entity beyond the five of XML itself, is refused; what lies elsewhere is
/// never fetched.
final class XMLEvents {
    /// The deepest that elements are nested.
    private static let depthLimit = 64
    /// The most attributes of an element, and the most bytes of a value.
    private static let attributeLimit = 64
    private static let valueLimit = 4096

    /// What the callbacks of Expat work with.
    private final class State {
        let listener: any XMLListener
        var depth = 0
        var failure: Failure?
        var parser: XML_Parser?

        init(_ listener: any XMLListener) { self.listener = listener }

        func stop(_ failure: Failure) {
            if self.failure == nil { self.failure = failure }
            XML_StopParser(parser, XML_Bool(XML_FALSE))
        }

        func settle() {
            if let failure = listener.failure { stop(failure) }
        }
    }

    private let parser: XML_Parser
    private let state: State

    init(_ listener: any XMLListener) throws(Failure) {
        guard let parser = XML_ParserCreate("UTF-8") else { throw Sheet.unreadable("out of memory") }
        self.parser = parser
        state = State(listener)
        state.parser = parser
        XML_SetUserData(parser, Unmanaged.passUnretained(state).toOpaque())
        XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
            XMLEvents.state(data)?.stop(Sheet.unreadable("its XML has a document type, which no sheet needs"))
        }
        XML_SetElementHandler(
            parser,
            { data, name, attributes in
                guard let state = XMLEvents.state(data), state.failure == nil, let name else { return }
                state.depth += 1
                guard state.depth <= XMLEvents.depthLimit else {
                    return state.stop(Sheet.unreadable("its XML is nested too deeply"))
                }
                guard let values = XMLEvents.attributes(attributes) else {
                    return state.stop(Sheet.unreadable("an element of its XML has too much in its attributes"))
                }
                state.listener.begin(XMLEvents.local(name), values)
                state.settle()
            },
            { data, name in
                guard let state = XMLEvents.state(data), state.failure == nil, let name else { return }
                state.depth -= 1
                state.listener.end(XMLEvents.local(name))
                state.settle()
            })
        XML_SetCharacterDataHandler(parser) { data, text, count in
            guard let state = XMLEvents.state(data), state.failure == nil, let text else { return }
            let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
            state.listener.text(String(decoding: bytes, as: UTF8.self))
            state.settle()
        }
    }

    deinit { XML_ParserFree(parser) }

    private static func state(_ data: UnsafeMutableRawPointer?) -> State? {
        data.map { Unmanaged<State>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The name without the prefix of its namespace.
    private static func local(_ name: UnsafePointer<CChar>) -> String {
        let whole = String(cString: name)
        return whole.lastIndex(of: ":").map { String(whole[whole.index(after: $0)...]) } ?? whole
    }

    private static func attributes(
        _ list: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
    ) -> [String: String]? {
        var values: [String: String] = [:]
        guard var place = list else { return values }
        var count = 0
        while let name = place[0], let value = place[1] {
            count += 1
            let text = String(cString: value)
            guard count <= attributeLimit, text.utf8.count <= valueLimit else { return nil }
            values[local(name)] = text
            place += 2
        }
        return values
    }

    /// Takes a piece.
    ///
    /// - Parameter isLast: whether the document ends with it.
    func feed(_ piece: [UInt8], isLast: Bool = false) throws(Failure) {
        let status = piece.withUnsafeBytes { bytes in
            XML_Parse(
                parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), isLast ? 1 : 0)
        }
        if let failure = state.failure { throw failure }
        guard status == XML_STATUS_OK else {
            throw Sheet.unreadable("its XML is damaged in line \(XML_GetCurrentLineNumber(parser))")
        }
    }

    /// Reads a whole part.
    static func read(_ part: ZipPart, _ listener: any XMLListener) throws(Failure) {
        let events = try XMLEvents(listener)
        while let piece = try part.next() { try events.feed(piece) }
        try events.feed([], isLast: true)
    }
}
