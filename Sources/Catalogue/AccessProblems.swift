/// What goes wrong with the log of who looked.
extension Problem {
    static let access: [Problem] = [
        .accessLogClosed, .accessLogFull, .accessDayUnknown, .accessDayOpen, .accessLineUnknown,
    ]

    public static let accessLogClosed = Problem(
        "access-log-closed", status: 503,
        text: Wording(
            mn: "Хандалтын бүртгэл түр бичигдэхгүй байгаа тул юу ч харуулахгүй: {reason}",
            en: "the access log takes no lines now, so nothing is shown: {reason}"),
        remedy: Wording(
            mn: "хэдэн секундын дараа дахин оролдоно уу; арилахгүй бол оператор дискээ шалгана",
            en: "try again in a few seconds; if it stays, the operator must look at the disk"))
    public static let accessLogFull = Problem(
        "access-log-full", status: 503,
        text: Wording(
            mn: "Диск дүүрч хандалтыг бүртгэх боломжгүй болсон тул юу ч харуулахгүй",
            en: "the disk is full and the look-up cannot be logged, so nothing is shown"),
        remedy: Wording(
            mn: "оператор дискэнд зай гаргана, дараа нь дахин оролдоно уу",
            en: "the operator must free space; then try again"))
    public static let accessDayUnknown = Problem(
        "access-day-unknown", status: 404,
        text: Wording(
            mn: "{day} өдөр хандалт бүртгэгдээгүй", en: "no look-up was logged on {day}"),
        remedy: Wording(mn: "өдрөө yyyy-MM-dd хэлбэрээр шалгана уу", en: "check the day, yyyy-MM-dd"))
    public static let accessDayOpen = Problem(
        "access-day-open", status: 409,
        text: Wording(
            mn: "{day} өдрийн хандалтын бүртгэл хараахан хаагдаагүй тул нотолгоо гаргах боломжгүй",
            en: "the access log of {day} has no root in the ledger yet, so nothing in it can be proved"),
        remedy: Wording(
            mn: "өдөр дууссаны дараа дахин оролдоно уу", en: "ask again when the day is over and closed"))
    public static let accessLineUnknown = Problem(
        "access-line-unknown", status: 404,
        text: Wording(
            mn: "{day} өдрийн хандалтын бүртгэлд {index} дугаартай мөр алга",
            en: "the access log of {day} has no line {index}"),
        remedy: Wording(mn: "дугаараа шалгана уу", en: "check the number; the first line is 0"))
}
