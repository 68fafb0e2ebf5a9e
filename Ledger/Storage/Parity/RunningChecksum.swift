import CXXHash

/// XXH3-64 of bytes that come in parts; the same number as `Checksum.of` over all of them.
struct RunningChecksum: ~Copyable {
    private let state: OpaquePointer

    init() {
        // Fails only when 576 bytes cannot be allocated, where Swift itself traps.
        guard let state = XXH3_createState() else { fatalError("no memory for a checksum") }
        self.state = state
        XXH3_64bits_reset(state)
    }

    deinit {
        XXH3_freeState(state)
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        XXH3_64bits_update(state, bytes.baseAddress, bytes.count)
    }

    var value: UInt64 { XXH3_64bits_digest(state) }
}
