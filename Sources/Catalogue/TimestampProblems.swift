extension Problem {
    /// Of the timestamp over a signature.
    static let timestamps: [Problem] = [
        timestampInvalid, timestampWeak, timestampUntrusted, timestampRevoked, timestampFuture,
    ]

    public static let timestampInvalid = refused(
        "signature-timestamp-invalid",
        mn: "Гарын үсгийн цагийн тэмдэг буруу байна ({detail})",
        en: "the timestamp over the signature does not hold: {detail}",
        doMn: "Гарын үсэгт дахин цагийн тэмдэг авах, эсвэл цагийн тэмдэггүй илгээнэ үү",
        doEn: "get a new timestamp over the signature, or send it without one")
    public static let timestampWeak = refused(
        "signature-timestamp-weak",
        mn: "Гарын үсгийн цагийн тэмдэг сул алгоритмтай байна ({detail})",
        en: "the timestamp over the signature uses a weak algorithm: {detail}",
        doMn: "SHA-256 ашигласан цагийн тэмдэг авна уу", doEn: "get a timestamp with SHA-256")
    public static let timestampUntrusted = refused(
        "signature-timestamp-untrusted",
        mn: "Цагийн тэмдэг олгогчийг итгэмжлээгүй байна: {certificate} ({detail})",
        en: "the authority of the signature's timestamp is not trusted: {certificate} ({detail})",
        doMn: "Итгэлцлийн хавтсанд байгаа язгуурын дор цагийн тэмдэг авна уу",
        doEn: "get a timestamp from an authority under a root of the trust folder, or send the signature without one")
    public static let timestampRevoked = refused(
        "signature-timestamp-revoked",
        mn: "Цагийн тэмдэг олгогчийн гэрчилгээ хүчингүй болсон: {certificate}",
        en: "the certificate of the timestamp's authority was revoked: {certificate}",
        doMn: "Гарын үсэгт дахин цагийн тэмдэг авна уу", doEn: "get a new timestamp over the signature")
    public static let timestampFuture = refused(
        "signature-timestamp-future",
        mn: "Гарын үсгийн цагийн тэмдгийн цаг ирээдүйд байна: {detail}",
        en: "the timestamp over the signature is of the future: {detail}",
        doMn: "Цагийн тэмдэг олгогч, серверийн цагийг шалгана уу",
        doEn: "check the clocks of the timestamp authority and of the server")
}
