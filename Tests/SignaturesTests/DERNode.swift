/// A DER value as a tree, to take signatures apart and put them together differently.
struct DERNode {
    var tag: UInt8
    /// Of a constructed value.
    var children: [DERNode]
    /// Of a primitive one.
    var content: [UInt8]

    init(_ tag: UInt8, _ children: [DERNode]) {
        (self.tag, self.children, self.content) = (tag, children, [])
    }

    init(_ tag: UInt8, content: [UInt8]) {
        (self.tag, self.children, self.content) = (tag, [], content)
    }

    /// Reads bytes that are known to be well formed.
    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        self.init(from: &rest)
    }

    private init(from rest: inout ArraySlice<UInt8>) {
        let tag = rest.removeFirst()
        var length = Int(rest.removeFirst())
        if length >= 0x80 {
            let count = length & 0x7f
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest.removeFirst(count)
        }
        var inside = rest.prefix(length)
        rest.removeFirst(length)
        guard tag & 0x20 != 0 else {
            self.init(tag, content: Array(inside))
            return
        }
        var children: [DERNode] = []
        while !inside.isEmpty { children.append(DERNode(from: &inside)) }
        self.init(tag, children)
    }

    var bytes: [UInt8] {
        let inside = tag & 0x20 != 0 ? children.flatMap(\.bytes) : content
        var length: [UInt8] = []
        if inside.count < 0x80 {
            length = [UInt8(inside.count)]
        } else {
            var rest = inside.count
            while rest > 0 {
                length.insert(UInt8(rest & 0xff), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + inside
    }
}

/// A CMS signature's only SignerInfo, to read and to change.
struct SignatureForm {
    var root: DERNode

    init(_ cms: [UInt8]) { root = DERNode(cms) }

    var signer: DERNode {
        get { root.children[1].children[0].children.last!.children[0] }
        set {
            let last = root.children[1].children[0].children.count - 1
            root.children[1].children[0].children[last].children[0] = newValue
        }
    }

    /// The signature's value, over which a timestamp is made.
    var value: [UInt8] { signer.children.last { $0.tag == 0x04 }!.content }

    /// What a signed-data file carries inside.
    var embedded: [UInt8] { root.children[1].children[0].children[2].children[1].children[0].content }

    /// The file with these timestamp tokens as unsigned attributes.
    func stamped(_ tokens: [UInt8]...) -> [UInt8] {
        let type = DERNode([0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x0e])
        let attributes = tokens.map { DERNode(0x30, [type, DERNode(0x31, [DERNode($0)])]) }
        var changed = self
        changed.signer.children.append(DERNode(0xa1, attributes))
        return changed.root.bytes
    }
}
