extension Problem {
    static let signatures: [Problem] =
        [
            signatureMalformed, signatureTooLarge, signatureWithoutSigner, signatureOfSeveral, signatureEmbedsContent,
            signatureWithoutAttributes, signatureWithoutCertificate, signatureOverOtherContent, signatureBroken,
            signatureNamesOtherCertificate, signatureDigestWeak, signatureKeyWeak, signerUsageWrong, signerRootUnknown,
            signerIssuerMissing, signerExpired, signerNotYetValid, signerRevoked, crlMissing, crlOutOfDate,
            chainInvalid,
            signingTimeImplausible, signatureCheckFailed, trustUnreadable,
        ] + revocations + timestamps

    public static let signatureMalformed = refused(
        "signature-malformed",
        mn: "Гарын үсэг нь CMS хэлбэрийн (DER эсвэл PEM) бүтэн файл биш байна",
        en: "the signature is not a whole CMS signed-data file, DER or PEM",
        doMn: "Салангид CMS гарын үсэг үүсгэж дахин илгээнэ үү",
        doEn: "sign again with a detached CMS signature and send the file unchanged")
    public static let signatureTooLarge = refused(
        "signature-too-large",
        mn: "Гарын үсэг {size} байт байна; дээд хэмжээ нь {limit} байт",
        en: "the signature has {size} bytes, more than the {limit} allowed",
        doMn: "Зөвхөн гэрчилгээний гинжийг хавсаргасан салангид гарын үсэг илгээнэ үү",
        doEn: "send a detached signature that carries no more than the certificate chain")
    public static let signatureWithoutSigner = refused(
        "signature-without-signer",
        mn: "CMS файлд гарын үсэг зурсан хүн алга",
        en: "the CMS file holds no signer",
        doMn: "Баримтад гарын үсэг зурж дахин илгээнэ үү", doEn: "sign, then send the file again")
    public static let signatureOfSeveral = refused(
        "signature-of-several",
        mn: "CMS файлд хэд хэдэн хүний гарын үсэг байна; яг нэг байх ёстой",
        en: "the CMS file holds several signers; exactly one is allowed",
        doMn: "Нотариат бүрийн гарын үсгийг тусад нь илгээнэ үү", doEn: "send the signature of one notary alone")
    public static let signatureEmbedsContent = refused(
        "signature-embeds-content",
        mn: "CMS файл гарын үсэг зурсан агуулгыг дотроо агуулж байна",
        en: "the CMS file carries the signed content inside",
        doMn: "Салангид (detached) гарын үсэг үүсгэнэ үү", doEn: "make a detached signature")
    public static let signatureWithoutAttributes = refused(
        "signature-without-attributes",
        mn: "Гарын үсэгт contentType, messageDigest шинж дутуу эсвэл буруу байна",
        en: "the signature lacks sound signed attributes (content type and message digest)",
        doMn: "CMS эсвэл CAdES гарын үсгийн ердийн тохиргоог ашиглана уу",
        doEn: "sign with the usual signed attributes of CMS or CAdES")
    public static let signatureWithoutCertificate = refused(
        "signature-without-certificate",
        mn: "CMS файлд гарын үсэг зурсан хүний гэрчилгээ алга",
        en: "the CMS file does not carry the signer's certificate",
        doMn: "Гэрчилгээгээ хавсаргаж гарын үсэг зурна уу", doEn: "sign with your certificate included")
    public static let signatureOverOtherContent = refused(
        "signature-over-other-content",
        mn: "Гарын үсэг өөр агуулгад зурагдсан: хураангуй нь таарахгүй байна",
        en: "the signature was made over other content: the digests differ",
        doMn: "Яг илгээж буй мэдэгдэлдээ гарын үсэг зурна уу", doEn: "sign exactly the bytes that are filed")
    public static let signatureBroken = refused(
        "signature-broken",
        mn: "Гарын үсэг {certificate} гэрчилгээний түлхүүрээр батлагдахгүй байна",
        en: "the signature does not verify with the key of {certificate}",
        doMn: "Дахин гарын үсэг зурна уу; файл замдаа өөрчлөгдсөн байж болно",
        doEn: "sign again; the file may have changed on its way")
    public static let signatureNamesOtherCertificate = refused(
        "signature-names-other-certificate",
        mn: "Гарын үсгийн signingCertificateV2 шинж {certificate} гэрчилгээг заагаагүй байна",
        en: "the signature's signingCertificateV2 attribute does not name {certificate}",
        doMn: "Өөрийн гэрчилгээгээр дахин гарын үсэг зурна уу", doEn: "sign again with the signer's own certificate")
    public static let signatureDigestWeak = refused(
        "signature-digest-weak",
        mn: "Хураангуйн алгоритмыг зөвшөөрөхгүй ({certificate}); SHA-256, SHA-384, SHA-512 л болно",
        en: "the digest algorithm is not allowed ({certificate}); only SHA-256, SHA-384 and SHA-512 are, and only"
            + " SHA-256 where the content itself is not at hand",
        doMn: "SHA-256 ашиглан дахин гарын үсэг зурна уу", doEn: "sign again with SHA-256")
    public static let signatureKeyWeak = refused(
        "signature-key-weak",
        mn: "{certificate} гэрчилгээний түлхүүр сул эсвэл танигдахгүй байна",
        en: "the key of {certificate} is too weak or of an unknown sort: RSA needs 2048 bits, EC a named curve of 256",
        doMn: "Хүчтэй түлхүүртэй шинэ гэрчилгээ авна уу", doEn: "get a certificate with a stronger key")
    public static let signerUsageWrong = refused(
        "signer-usage-wrong",
        mn: "{certificate} гэрчилгээ гарын үсэг зурах зориулалтгүй байна",
        en: "the certificate of {certificate} is not meant for signing",
        doMn: "Тоон гарын үсгийн гэрчилгээгээ сонгоно уу",
        doEn: "choose the certificate whose key usage is digital signature or non-repudiation, and which is not for"
            + " servers, clients, code, timestamps or OCSP alone")
    public static let signerRootUnknown = refused(
        "signer-root-unknown",
        mn: "Гэрчилгээний гинж итгэмжлэгдсэн язгуурт хүрэхгүй байна: {certificate}",
        en: "the certificate chain ends in no trusted root: {certificate}",
        doMn: "Итгэлцлийн хавтсанд язгуур гэрчилгээ байгаа эсэхийг шалгана уу",
        doEn: "check that the root belongs in the trust folder, or sign with a certificate under a trusted root")
    public static let signerIssuerMissing = refused(
        "signer-issuer-missing",
        mn: "Гэрчилгээ олгогчийн гэрчилгээ алга: {certificate}",
        en: "the issuer's certificate is neither in the signature nor in the trust folder: {certificate}",
        doMn: "Гинжээ хавсаргаж гарын үсэг зурах, эсвэл итгэлцлийн хавтсанд нэмнэ үү",
        doEn: "sign with the chain included, or add the issuer's certificate to the trust folder")
    public static let signerExpired = refused(
        "signer-expired",
        mn: "Гэрчилгээний хугацаа дууссан: {certificate}", en: "the certificate had expired: {certificate}",
        doMn: "Шинэ гэрчилгээгээр гарын үсэг зурна уу", doEn: "sign with a certificate that is in force")
    public static let signerNotYetValid = refused(
        "signer-not-yet-valid",
        mn: "Гэрчилгээний хугацаа эхлээгүй байна: {certificate}",
        en: "the certificate was not yet valid: {certificate}",
        doMn: "Компьютерийн цаг, гэрчилгээний хугацааг шалгана уу",
        doEn: "check the clock and the certificate's dates, then sign again")
    public static let signerRevoked = refused(
        "signer-revoked",
        mn: "Гэрчилгээ хүчингүй болсон: {certificate}", en: "the certificate was revoked: {certificate}",
        doMn: "Хүчинтэй гэрчилгээгээр гарын үсэг зурна уу", doEn: "sign with a certificate that is in force")
    public static let crlMissing = unavailable(
        "crl-missing",
        mn: "Хүчингүй гэрчилгээний жагсаалт (CRL), OCSP хариу аль нь ч алга: {certificate}",
        en: "there is neither a revocation list (CRL) of {certificate} nor an OCSP answer",
        doMn: "Олгогчийн CRL файлыг итгэлцлийн хавтсанд тавих, эсвэл хаягийг нь addresses файлд бичнэ үү",
        doEn:
            "put the issuer's CRL into the trust folder, or its address into the file addresses there, then file again")
    public static let crlOutOfDate = unavailable(
        "crl-out-of-date",
        mn: "Хүчингүй гэрчилгээний жагсаалтын (CRL) хугацаа таарахгүй байна: {certificate}",
        en: "the revocation list (CRL) of {certificate} is not current",
        doMn: "Итгэлцлийн хавтас дахь CRL файлыг шинэчилнэ үү",
        doEn: "renew the CRL in the trust folder, then file again")
    public static let chainInvalid = refused(
        "chain-invalid",
        mn: "Гэрчилгээний гинж буруу байна: {certificate} ({detail})",
        en: "the certificate chain does not hold at {certificate}: {detail}",
        doMn: "Гэрчилгээ олгогчдоо хандана уу", doEn: "ask the issuer of the certificate")
    public static let signingTimeImplausible = refused(
        "signing-time-implausible",
        mn: "Гарын үсэг зурсан гэх цаг {signed} бүртгэх цагтай ({now}) таарахгүй байна",
        en: "the signing time {signed} does not fit the time of filing {now}",
        doMn: "Компьютерийн цагийг тохируулаад дахин гарын үсэг зурна уу",
        doEn: "set the clock of the signing computer, sign again and file within the allowed time")
    public static let signatureCheckFailed = Problem(
        "signature-check-failed", status: 500,
        text: Wording(
            mn: "Гарын үсгийг шалгахад санах ой хүрэлцсэнгүй", en: "there was not enough memory to check the signature"),
        remedy: Wording(mn: "Дахин илгээнэ үү", en: "try again"))
    public static let trustUnreadable = Problem(
        "trust-unreadable", status: 500,
        text: Wording(
            mn: "Итгэлцлийн файл {file} ашиглах боломжгүй: {reason}",
            en: "the trust file {file} cannot be used: {reason}"),
        remedy: Wording(
            mn: "Хавтсанд зөвхөн язгуур, завсрын гэрчилгээ, CRL (PEM эсвэл DER) тавина уу; addresses файлын мөр нь"
                + " \"crl URL\" эсвэл \"ocsp URL ISSUER-FILE\" байна",
            en:
                "keep only root and intermediate certificates and CRLs there, as PEM or DER; the file addresses has lines"
                + " \"crl URL\" and \"ocsp URL ISSUER-FILE\""))

    /// A signature that the ledger does not take, with what to do.
    static func refused(_ code: String, mn: String, en: String, doMn: String, doEn: String) -> Problem {
        Problem(code, status: 422, text: Wording(mn: mn, en: en), remedy: Wording(mn: doMn, en: doEn))
    }

    /// The operator's side is not ready: the same filing may pass later.
    static func unavailable(_ code: String, mn: String, en: String, doMn: String, doEn: String) -> Problem {
        Problem(code, status: 503, text: Wording(mn: mn, en: en), remedy: Wording(mn: doMn, en: doEn))
    }
}
