/// What records are made of, so that a small block need not spell it out: LZ4 may refer to it. Part of the format (FORMATS.md, "Record
/// block"): never changed, only followed by another version of the block.
enum PackingDictionary {
    static let bytes = Array(text.utf8)

    private static let text = """
        registered revoked statement cades-b issued corrected returned false true CASH PAID PAYMENT_CARD REVERSED PAY
        VAT_ABLE VAT_FREE VAT_ZERO NO_VAT B2C_INVOICE B2B_INVOICE B2B_RECEIPT B2C_RECEIPT UNDEFINED ISBN GS1 operator
        parties powers validuntil object reference note place book reason time signed level sealed salt act name size
        document certificate signature {"role":"","name":"","registerNumber":"","organisationNumber":"","foreignId":""}
        {"payments[0]":{"data":{"easy":,"maskedCardNumber":"******","rrn":"","terminalID":""}}}
        [{"id":"","items":[{"barCode":"","barCodeType":"","classificationCode":"","measureUnit":"","name":"","qty":
        ,"taxProductCode":"","totalAmount":,"totalCityTax":,"totalVAT":,"unitPrice":}],"bankAccountNo":"","customerTin":"",
        "iBan":"","invoiceId":"","spelled":"","merchantTin":"","taxType":"","totalAmount":,"totalCityTax":,"totalVAT":}]
        [{"code":"","exchangeCode":"","paidAmount":,"status":""}]
        action branch cards chain citytax consumer corrects customer date +08:00 district id invoice items merchant month
        other payments pos previous sequence suffix total type vat
        """
}
