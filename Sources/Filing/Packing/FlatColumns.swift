/// The columns of a block as plain memory: a value is written without a count of references being touched.
final class FlatColumns {
    struct Column {
        /// Which value of the content each instance has; its own number without it.
        var keys: UnsafePointer<Int32>?
        var content = Content.nothing
        var form = ValueForm.text
    }

    enum Content {
        case nothing
        case numbers(UnsafePointer<Int64>)
        case texts(UnsafePointer<Range<Int32>>, isCyrillic: Bool)
        case fixed(UnsafeRawBufferPointer, width: Int)
        case inPlace(UnsafePointer<Int32>, width: Int, isHexadecimal: Bool, bytes: UnsafeRawBufferPointer)
        case digests(UnsafePointer<Int>, bytes: UnsafeRawBufferPointer)
    }

    private(set) var columns: [Column] = []
    private var allocations: [UnsafeMutableRawPointer] = []

    init(_ packed: [PackedColumn?]) {
        columns.reserveCapacity(packed.count)
        for column in packed {
            switch column {
            case .numbers(let numbers, let form):
                columns.append(Column(content: .numbers(kept(numbers)), form: form))
            case .texts(let ranges, let isCyrillic):
                columns.append(Column(content: .texts(kept(ranges), isCyrillic: isCyrillic)))
            case .inPlace(let starts, let width, let isHexadecimal, let bytes):
                let content = Content.inPlace(
                    kept(starts), width: width, isHexadecimal: isHexadecimal, bytes: keptBytes(bytes))
                columns.append(Column(content: content))
            case .dictionary(let keys, let entries):
                var column = Column(keys: kept(keys))
                switch entries {
                case .numbers(let numbers, let form): (column.content, column.form) = (.numbers(kept(numbers)), form)
                case .texts(let ranges, let isCyrillic):
                    column.content = .texts(kept(ranges), isCyrillic: isCyrillic)
                case .fixed(let width, let bytes): column.content = .fixed(keptBytes(bytes), width: width)
                }
                columns.append(column)
            case .digests(let positions, let bytes):
                columns.append(Column(content: .digests(kept(positions), bytes: keptBytes(bytes))))
            case nil: columns.append(Column())
            }
        }
    }

    deinit {
        for allocation in allocations { allocation.deallocate() }
    }

    private func kept<Value>(_ values: [Value]) -> UnsafePointer<Value> {
        let copy = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
        copy.initialize(from: values, count: values.count)
        allocations.append(UnsafeMutableRawPointer(copy))
        return UnsafePointer(copy)
    }

    private func keptBytes(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: kept(bytes), count: bytes.count)
    }
}
