// Opening a key and finding its certificate.

#include "ccms_sign_internal.h"

#include "ccms_internal.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

static ccms_sign_outcome check_key(EVP_PKEY *key) {
    if (!key) return CCMS_SIGN_KEY_UNSUITABLE;
    int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return bits >= 2048 && bits <= 8192 ? CCMS_SIGN_OK : CCMS_SIGN_KEY_WEAK;
    case EVP_PKEY_EC: {
        char group[64] = "";
        size_t count = 0;
        int named = EVP_PKEY_get_group_name(key, group, sizeof group, &count) == 1;
        return named && bits >= 256 ? CCMS_SIGN_OK : CCMS_SIGN_KEY_WEAK;
    }
    default: return CCMS_SIGN_KEY_UNSUITABLE;
    }
}

typedef struct {
    const uint8_t *bytes;
    size_t count;
    int asked;
} passphrase;

static int answer_passphrase(char *buffer, int room, int writing, void *context) {
    passphrase *answer = context;
    (void)writing;
    answer->asked = 1;
    if (!answer->bytes || answer->count > (size_t)room) return -1;
    memcpy(buffer, answer->bytes, answer->count);
    return (int)answer->count;
}

static ccms_sign_outcome read_key(const uint8_t *data, size_t count, passphrase *answer, EVP_PKEY **key,
                                  ccms_sign_report *report) {
    // A secret's own memory buffer is only a view; OpenSSL wipes what it decrypts.
    BIO *bio = BIO_new_mem_buf(data, (int)count);
    *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, answer_passphrase, answer) : NULL;
    BIO_free(bio);
    if (*key) return check_key(*key);
    if (!answer->asked) return ccms_sign_broken(CCMS_SIGN_KEY_UNREADABLE, report);
    return ccms_sign_broken(answer->bytes ? CCMS_SIGN_PASSPHRASE_WRONG : CCMS_SIGN_PASSPHRASE_NEEDED, report);
}

static STACK_OF(X509) *read_certificates(const uint8_t *data, size_t count) {
    STACK_OF(X509) *all = sk_X509_new_null();
    if (!all) return NULL;
    BIO *bio = BIO_new_mem_buf(data, (int)count);
    X509 *next = NULL;
    const uint8_t *end = data;
    if (count > 0 && data[0] == 0x30) {
        while (end < data + count && sk_X509_num(all) < 16 &&
               (next = d2i_X509(NULL, &end, (long)(data + count - end))))
            if (sk_X509_push(all, next) == 0) X509_free(next);
    } else {
        while (bio && sk_X509_num(all) < 16 && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
            if (sk_X509_push(all, next) == 0) X509_free(next);
    }
    BIO_free(bio);
    ERR_clear_error();
    return all;
}

// Takes the certificate at `position` out of the chain as the signer's.
static void take_certificate(ccms_signer *signer, int position) {
    signer->certificate = sk_X509_delete(signer->chain, position);
}

static ccms_sign_outcome match_key(ccms_signer *signer) {
    for (int i = 0; i < sk_X509_num(signer->chain); i++) {
        EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(signer->chain, i));
        if (!key || EVP_PKEY_eq(key, signer->key) != 1) continue;
        take_certificate(signer, i);
        return CCMS_SIGN_OK;
    }
    return CCMS_SIGN_CERTIFICATE_MISMATCH;
}

static ccms_sign_outcome match_probe(ccms_signer *signer, ccms_sign_report *report) {
    uint8_t probe[32], *signature = NULL;
    size_t size = 0;
    if (RAND_bytes(probe, sizeof probe) != 1) return ccms_sign_broken(CCMS_SIGN_FAILED, report);
    ccms_sign_outcome outcome = ccms_sign_bytes(signer, EVP_sha256(), probe, sizeof probe, &signature, &size, report);
    if (outcome == CCMS_SIGN_OK) outcome = CCMS_SIGN_CERTIFICATE_MISMATCH;
    for (int i = 0; signature && i < sk_X509_num(signer->chain); i++) {
        EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(signer->chain, i));
        if (!key || (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) != signer->is_rsa) continue;
        if (!ccms_sign_holds(key, EVP_sha256(), probe, sizeof probe, signature, size)) continue;
        outcome = check_key(key);
        take_certificate(signer, i);
        break;
    }
    OPENSSL_free(signature);
    return outcome;
}

static ccms_sign_outcome finish_opening(ccms_signer *made, const uint8_t *certificates, size_t count,
                                        ccms_signer **signer, ccms_sign_report *report) {
    made->chain = read_certificates(certificates, count);
    ccms_sign_outcome outcome =
        sk_X509_num(made->chain) > 0 ? CCMS_SIGN_OK : CCMS_SIGN_CERTIFICATE_UNREADABLE;
    if (outcome == CCMS_SIGN_OK) outcome = made->key ? match_key(made) : match_probe(made, report);
    if (outcome == CCMS_SIGN_OK) outcome = ccms_sign_check(made, report);
    ERR_clear_error();
    if (outcome != CCMS_SIGN_OK) {
        ccms_signer_free(made);
        return outcome;
    }
    *signer = made;
    return CCMS_SIGN_OK;
}

ccms_sign_outcome ccms_signer_open(const uint8_t *key, size_t key_size, const uint8_t *certificates,
                                   size_t certificates_size, const uint8_t *secret, size_t secret_size, int *encrypted,
                                   ccms_signer **signer, ccms_sign_report *report) {
    memset(report, 0, sizeof *report);
    ERR_clear_error();
    *signer = NULL;
    *encrypted = 0;
    if (key_size > INT32_MAX || certificates_size > INT32_MAX) return CCMS_SIGN_KEY_UNREADABLE;
    ccms_signer *made = calloc(1, sizeof *made);
    if (!made) return CCMS_SIGN_FAILED;
    passphrase answer = {secret, secret_size, 0};
    ccms_sign_outcome outcome = read_key(key, key_size, &answer, &made->key, report);
    *encrypted = answer.asked;
    if (outcome != CCMS_SIGN_OK) {
        ccms_signer_free(made);
        return outcome;
    }
    return finish_opening(made, certificates, certificates_size, signer, report);
}

ccms_sign_outcome ccms_signer_open_elsewhere(int is_rsa, ccms_sign_elsewhere sign, void *context,
                                             const uint8_t *certificates, size_t certificates_size,
                                             ccms_signer **signer, ccms_sign_report *report) {
    memset(report, 0, sizeof *report);
    ERR_clear_error();
    *signer = NULL;
    if (certificates_size > INT32_MAX) return CCMS_SIGN_CERTIFICATE_UNREADABLE;
    ccms_signer *made = calloc(1, sizeof *made);
    if (!made) return CCMS_SIGN_FAILED;
    made->is_rsa = is_rsa != 0;
    made->sign = sign;
    made->context = context;
    return finish_opening(made, certificates, certificates_size, signer, report);
}

void ccms_signer_free(ccms_signer *signer) {
    if (!signer) return;
    X509_free(signer->certificate);
    sk_X509_pop_free(signer->chain, X509_free);
    EVP_PKEY_free(signer->key);
    free(signer);
}

ccms_sign_outcome ccms_signer_certificate(const ccms_signer *signer, uint8_t **der, size_t *size) {
    uint8_t *encoded = NULL;
    int length = i2d_X509(signer->certificate, &encoded);
    return ccms_sign_give(encoded, length, der, size);
}

void ccms_signer_describe(const ccms_signer *signer, char *name, size_t name_size, int64_t *not_before,
                          int64_t *not_after) {
    int good = 0;
    ccms_name_text(X509_get_subject_name(signer->certificate), name, name_size);
    *not_before = ccms_unix_time(X509_get0_notBefore(signer->certificate), &good);
    *not_after = ccms_unix_time(X509_get0_notAfter(signer->certificate), &good);
}
