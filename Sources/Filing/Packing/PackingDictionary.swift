/// What records are made of, so that a small block need not spell it out: LZ4 may refer to it. Part of the format: never changed, only
/// followed by another version.
enum PackingDictionary {
    static let bytes = Array(text.utf8)

    private static let text = """
        registered revoked statement cades-b issued corrected returned false true CASH PAID PAYMENT_CARD REVERSED PAY \
        VAT_ABLE VAT_FREE VAT_ZERO NO_VAT B2C_INVOICE B2B_INVOICE B2B_RECEIPT B2C_RECEIPT UNDEFINED ISBN GS1 operator \
        ш кг л м хайрцаг ширхэг document certificate signature \u{6}parties\u{6}powers\u{9}validuntil\u{6}object\
        \u{9}reference\u{4}note\u{5}place\u{4}book\u{6}reason\u{4}time\u{6}signed\u{5}level\u{6}sealed\u{4}salt\u{3}act\
        \u{4}size{"role":"","name":"","registerNumber":"","organisationNumber":"","tin":"","foreignId":""}\
        {"payments[0]":{"data":{"easy":,"maskedCardNumber":"******","rrn":"","terminalID":""}}}\
        [{"id":"","items":[{"barCode":"","barCodeType":"","classificationCode":"","measureUnit":"","name":"","qty":\
        ,"taxProductCode":"","totalAmount":,"totalCityTax":,"totalVAT":,"unitPrice":}],"bankAccountNo":"","customerTin":"",\
        "iBan":"","invoiceId":"","spelled":"","merchantTin":"","taxType":"","totalAmount":,"totalCityTax":,"totalVAT":}]\
        [{"code":"","exchangeCode":"","paidAmount":,"status":""}]\
        \u{6}action\u{4}\u{1}\u{2}\u{6}branch\u{4}\u{1}\u{2}\u{5}cards\u{4}\u{5}chain\u{4}\u{1}\u{2}\u{7}citytax\u{4}\
        \u{8}consumer\u{4}\u{8}corrects\u{4}\u{8}customer\u{4}\u{4}date\u{4}+08:00\u{5}\u{8}district\u{4}\
        \u{2}id\u{4}\u{7}invoice\u{4}\u{5}items\u{4}\u{8}merchant\u{4}\u{5}month\u{4}\u{5}other\u{4}\u{8}payments\u{4}\
        \u{3}pos\u{4}\u{8}previous\u{4}\u{8}sequence\u{4}\u{6}suffix\u{4}\u{5}total\u{4}\u{4}type\u{4}\u{3}vat\u{4}
        """
}
