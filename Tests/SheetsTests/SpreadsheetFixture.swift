import CZip
import Sheets
import Testing

/// An XLSX file made by hand, with whatever oddities a test wants.
struct SpreadsheetFixture {
    var parts: [String: String]

    /// A workbook with one sheet of this content, and perhaps more.
    init(sheet: String, strings: String? = nil, is1904: Bool = false, sheets: [String] = []) {
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        let package = "http://schemas.openxmlformats.org/package/2006/relationships"
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        let names = ["Бүртгэл"] + sheets
        let listed = names.enumerated().map {
            "<sheet name=\"\($0.element)\" sheetId=\"\($0.offset + 1)\" r:id=\"rId\($0.offset + 1)\"/>"
        }
        let links = names.indices.map {
            "<Relationship Id=\"rId\($0 + 1)\" Type=\"\(relations)/worksheet\" Target=\"worksheets/sheet\($0 + 1).xml\"/>"
        }
        parts = [
            "_rels/.rels":
                "<Relationships xmlns=\"\(package)\"><Relationship Id=\"a\" Type=\"\(relations)/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
            "xl/workbook.xml":
                "<workbook xmlns=\"\(main)\" xmlns:r=\"\(relations)\"><workbookPr\(is1904 ? " date1904=\"1\"" : "")/><sheets>\(listed.joined())</sheets></workbook>",
            "xl/_rels/workbook.xml.rels":
                "<Relationships xmlns=\"\(package)\">\(links.joined())<Relationship Id=\"s\" Type=\"\(relations)/styles\" Target=\"/xl/styles.xml\"/>"
                + (strings == nil
                    ? "" : "<Relationship Id=\"t\" Type=\"\(relations)/sharedStrings\" Target=\"sharedStrings.xml\"/>")
                + "</Relationships>",
            // Style 1 is a built-in day, 2 one with a code of its own, 3 money, 4 minutes.
            "xl/styles.xml":
                "<styleSheet xmlns=\"\(main)\"><numFmts><numFmt numFmtId=\"164\" formatCode=\"[$-450]yyyy\\.mm\\.dd;@\"/><numFmt numFmtId=\"165\" formatCode=\"#,##0.00 &quot;day&quot;\"/><numFmt numFmtId=\"166\" formatCode=\"[h]:mm\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"166\"/></cellXfs></styleSheet>",
            "xl/worksheets/sheet1.xml":
                "<worksheet xmlns=\"\(main)\"><sheetData>\(sheet)</sheetData></worksheet>",
        ]
        for (place, name) in sheets.enumerated() {
            parts["xl/worksheets/sheet\(place + 2).xml"] =
                "<worksheet xmlns=\"\(main)\"><sheetData><row><c t=\"inlineStr\"><is><t>\(name)</t></is></c></row></sheetData></worksheet>"
        }
        if let strings { parts["xl/sharedStrings.xml"] = "<sst xmlns=\"\(main)\">\(strings)</sst>" }
    }

    /// The file.
    func bytes() throws -> [UInt8] {
        var error = zip_error_t()
        let made = zip_source_buffer_create(nil, 0, 0, &error)
        let source = try #require(made)
        zip_source_keep(source)
        defer { zip_source_free(source) }
        let opened = zip_open_from_source(source, Int32(ZIP_TRUNCATE), &error)
        let archive = try #require(opened)
        var buffers: [UnsafeMutableRawBufferPointer] = []
        defer { for buffer in buffers { buffer.deallocate() } }
        for (name, text) in parts.sorted(by: { $0.key < $1.key }) {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, text.utf8.count), alignment: 1)
            buffer.copyBytes(from: text.utf8)
            buffers.append(buffer)
            let part = try #require(
                zip_source_buffer(archive, buffer.baseAddress, UInt64(text.utf8.count), 0))
            try #require(zip_file_add(archive, name, part, UInt32(ZIP_FL_ENC_UTF_8)) >= 0)
        }
        try #require(zip_close(archive) == 0)
        try #require(zip_source_open(source) == 0)
        defer { zip_source_close(source) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = zip_source_read(source, &piece, UInt64(piece.count))
            guard count > 0 else { return bytes }
            bytes += piece[0..<Int(count)]
        }
    }

    func rows(sheet: String? = nil) throws -> [SheetRow] {
        let reader = try Sheet.open(try bytes(), SheetOptions(sheet: sheet))
        var rows: [SheetRow] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }
}
