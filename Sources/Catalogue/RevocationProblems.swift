extension Problem {
    /// Of the CRLs and OCSP responses that tell whether certificates were revoked.
    static let revocations: [Problem] = [
        crlUnusable, ocspUnknown, ocspOutOfDate, ocspUnusable, revocationWeak, revocationTooLate, materialTooLarge,
        ocspRequestImpossible,
    ]

    public static let crlUnusable = unavailable(
        "crl-unusable",
        mn: "Хүчингүй гэрчилгээний жагсаалтыг (CRL) ашиглах боломжгүй: {certificate} ({detail})",
        en: "the revocation list (CRL) of {certificate} cannot be used: {detail}",
        doMn: "Олгогчийн бүтэн CRL файлыг итгэлцлийн хавтсанд тавина уу",
        doEn: "put the issuer's full and unaltered CRL into the trust folder, then file again")
    public static let ocspUnknown = refused(
        "ocsp-unknown",
        mn: "Олгогчийн OCSP хариулагч энэ гэрчилгээг мэдэхгүй гэв: {certificate}",
        en: "the issuer's OCSP responder does not know the certificate of {certificate}",
        doMn: "Гэрчилгээ олгогчдоо хандана уу", doEn: "ask the issuer of the certificate")
    public static let ocspOutOfDate = unavailable(
        "ocsp-out-of-date",
        mn: "OCSP хариуны хугацаа таарахгүй байна: {certificate}",
        en: "the OCSP answer about {certificate} is not current",
        doMn: "OCSP хариулагчийн цаг, итгэлцлийн хавтас дахь хаягийг шалгана уу",
        doEn: "check the clock of the OCSP responder and its address in the trust folder, then file again")
    public static let ocspUnusable = unavailable(
        "ocsp-unusable",
        mn: "OCSP хариуг ашиглах боломжгүй: {certificate} ({detail})",
        en: "the OCSP answer about {certificate} cannot be used: {detail}",
        doMn: "Итгэлцлийн хавтас дахь OCSP хаягийг шалгана уу",
        doEn: "check the responder's address in the trust folder, or put the issuer's CRL there, then file again")
    public static let revocationWeak = unavailable(
        "revocation-weak",
        mn: "{certificate} гэрчилгээний {detail} мэдээлэлд сул алгоритмаар гарын үсэг зурсан байна; SHA-2 байх ёстой",
        en: "the {detail} that tells of {certificate} is signed with a weak algorithm; SHA-2 is needed",
        doMn: "Гэрчилгээ олгогчдоо хандана уу", doEn: "ask the issuer of the certificate for a list signed with SHA-2")
    public static let revocationTooLate = refused(
        "revocation-too-late",
        mn: "{certificate} гэрчилгээний хугацаа дууссаны дараа гарсан {detail} нь хүчингүй болсон эсэхийг хэлэхгүй",
        en: "the {detail} was made after the certificate of {certificate} had ended, so it does not tell whether it"
            + " was revoked",
        doMn: "Хүчинтэй гэрчилгээгээр гарын үсэг зурах, эсвэл тэр үеийн CRL, OCSP хариуг хавсаргана уу",
        doEn: "sign with a certificate in force, or send along the CRL or OCSP answer of that time")
    public static let materialTooLarge = refused(
        "revocation-material-too-large",
        mn: "Гарын үсгийг шалгах материал хэт олон эсвэл том байна: {count} ширхэг, {size} байт",
        en: "there is too much material to check the signature with: {count} pieces, {size} bytes",
        doMn: "Зөвхөн гинжийн гэрчилгээ, CRL, OCSP хариуг өгнө үү",
        doEn: "give only the certificates, CRLs and OCSP answers of the chain")
    public static let ocspRequestImpossible = refused(
        "ocsp-request-impossible",
        mn: "OCSP хүсэлт үүсгэх боломжгүй: гэрчилгээг уншиж чадсангүй, эсвэл өөр олгогчийнх байна",
        en: "no OCSP request can be made: a certificate cannot be read, or the other did not issue it",
        doMn: "Гэрчилгээ, олгогчийн гэрчилгээг DER хэлбэрээр өгнө үү",
        doEn: "give the certificate and that of its issuer, both as DER")
}
