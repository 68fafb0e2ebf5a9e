#include "ccms_internal.h"

#include <string.h>
#include <time.h>

void ccms_name_text(const X509_NAME *name, char *out, size_t size) {
    if (size == 0) return;
    out[0] = 0;
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio) return;
    unsigned long flags = (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | ASN1_STRFLGS_UTF8_CONVERT;
    if (X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        char *text = NULL;
        long count = BIO_get_mem_data(bio, &text);
        if (count > 0) {
            size_t kept = (size_t)count < size - 1 ? (size_t)count : size - 1;
            // A cut never leaves half a UTF-8 sequence.
            if (kept < (size_t)count) while (kept > 0 && ((uint8_t)text[kept] & 0xc0) == 0x80) kept--;
            memcpy(out, text, kept);
            out[kept] = 0;
        }
    }
    BIO_free(bio);
}

void ccms_blame(ccms_result *result, const X509_NAME *name) {
    ccms_name_text(name, result->certificate, sizeof result->certificate);
}

void ccms_say(ccms_result *result, const char *detail) {
    strncpy(result->detail, detail ? detail : "", sizeof result->detail - 1);
}

int64_t ccms_unix_time(const ASN1_TIME *time, int *ok) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    *ok = time && ASN1_TIME_to_tm(time, &parts) == 1;
    return *ok ? (int64_t)timegm(&parts) : 0;
}
