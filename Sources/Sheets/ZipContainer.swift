import CZip
import Catalogue

/// The parts of an XLSX file (Open Packaging Conventions), over libzip. Nothing is unpacked beyond what is asked for, and that within limits:
/// a small file must not become a large one.
final class ZipContainer {
    /// The most parts of a container.
    static let partLimit: Int64 = 2000
    /// The most bytes of one part, unpacked.
    static let byteLimit: UInt64 = 256 << 20
    /// How many times its packed size a part may have, once it is larger than ``freeSize``. Sheets reach about 30.
    static let ratioLimit: UInt64 = 200
    static let freeSize: UInt64 = 1 << 20

    private let archive: OpaquePointer
    // libzip reads it as long as the archive is open.
    private let memory: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8]) throws(Failure) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 8)
        memory.copyBytes(from: bytes)
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        guard let source = zip_source_buffer_create(memory.baseAddress, UInt64(bytes.count), 0, &error) else {
            memory.deallocate()
            throw Sheet.unreadable("out of memory")
        }
        guard let archive = zip_open_from_source(source, Int32(ZIP_RDONLY | ZIP_CHECKCONS), &error) else {
            zip_source_free(source)
            memory.deallocate()
            throw Sheet.unreadable("its container is damaged")
        }
        self.archive = archive
        self.memory = memory
        guard zip_get_num_entries(archive, 0) <= ZipContainer.partLimit else {
            throw SheetLimits.exceeded("parts", Int(ZipContainer.partLimit))
        }
    }

    deinit {
        zip_discard(archive)
        memory.deallocate()
    }

    /// Opens a part; `nil` when there is none of this name.
    func part(_ name: String) throws(Failure) -> ZipPart? {
        var stat = zip_stat_t()
        zip_stat_init(&stat)
        guard zip_stat(archive, name, 0, &stat) == 0 else { return nil }
        let known = UInt64(ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
        guard stat.valid & known == known, stat.encryption_method == UInt16(ZIP_EM_NONE),
            [UInt16(ZIP_CM_STORE), UInt16(ZIP_CM_DEFLATE)].contains(stat.comp_method)
        else { throw Sheet.unreadable("a part of it is encrypted, or packed in an unusual way") }
        guard stat.size <= ZipContainer.byteLimit else {
            throw SheetLimits.exceeded("bytes unpacked", Int(ZipContainer.byteLimit))
        }
        guard stat.size <= ZipContainer.freeSize || stat.size / ZipContainer.ratioLimit <= stat.comp_size else {
            throw Sheet.unreadable("it is packed tighter than any sheet")
        }
        guard let file = zip_fopen_index(archive, stat.index, 0) else {
            throw Sheet.unreadable("its container is damaged")
        }
        return ZipPart(file, size: stat.size, of: self)
    }
}

/// One part, read in pieces.
final class ZipPart {
    private static let pieceLength = 1 << 16

    private let file: OpaquePointer
    private let container: ZipContainer
    /// What the directory says it unpacks to: more is never read.
    private let size: UInt64
    private var read: UInt64 = 0

    fileprivate init(_ file: OpaquePointer, size: UInt64, of container: ZipContainer) {
        self.file = file
        self.size = size
        self.container = container
    }

    deinit { zip_fclose(file) }

    /// The next bytes; `nil` after the last.
    func next() throws(Failure) -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: ZipPart.pieceLength)
        let count = zip_fread(file, &piece, UInt64(piece.count))
        // libzip compares the check sum with the last bytes.
        guard count >= 0 else { throw Sheet.unreadable("its container is damaged") }
        read += UInt64(count)
        guard read <= size else { throw Sheet.unreadable("a part is larger than it says") }
        return count == 0 ? nil : Array(piece[0..<Int(count)])
    }
}
