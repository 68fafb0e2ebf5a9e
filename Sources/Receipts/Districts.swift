/// The aimags and the districts of the capital, by the first two digits of a `districtCode`.
///
/// The last two digits name a sum or khoroo. Those are split and renamed over the years, so only the first two are checked.
public enum Districts {
    /// Two digits → name.
    public static let names: [String: String] = [
        "01": "Архангай", "02": "Баян-Өлгий", "03": "Баянхонгор", "04": "Булган", "05": "Говь-Алтай",
        "06": "Дорноговь", "07": "Дорнод", "08": "Дундговь", "09": "Завхан", "10": "Өвөрхангай",
        "11": "Өмнөговь", "12": "Сүхбаатар", "13": "Сэлэнгэ", "14": "Төв", "15": "Увс", "16": "Ховд",
        "17": "Хөвсгөл", "18": "Хэнтий", "19": "Дархан-Уул", "20": "Орхон", "23": "Хан-Уул",
        "24": "Баянзүрх", "25": "Сүхбаатар дүүрэг", "26": "Баянгол", "27": "Багануур", "28": "Багахангай",
        "29": "Налайх", "32": "Говьсүмбэр", "34": "Сонгинохайрхан", "35": "Чингэлтэй",
    ]

    /// The aimag or district of a code, or `nil` when its first two digits name none.
    public static func name(of code: String) -> String? { names[String(code.prefix(2))] }
}
