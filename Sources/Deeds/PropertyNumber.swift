/// Property and vehicle numbers, which people type with whatever keyboard is on.
public enum PropertyNumber {
    /// The number in capitals of one script, without white space, dashes and slashes: two ways of writing one number fold to one text.
    public static func folded(_ number: String) -> String {
        String(
            LookAlikes.capitals(number).filter { $0 != "-" && $0 != "/" }.map { LookAlikes.latinOfCyrillic[$0] ?? $0 })
    }
}
