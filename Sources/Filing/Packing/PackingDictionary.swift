/// What records are made of, so that a small block need not spell it out: LZ4 may refer to it. Part of the format: never changed, only
/// followed by another version.
enum PackingDictionary {
    static let bytes = Array(text.utf8)

    private static let text = ""
}
