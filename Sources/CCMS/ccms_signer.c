#include "ccms_internal.h"

#include <string.h>

#include <openssl/ess.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

CMS_ContentInfo *ccms_read_cms(const uint8_t *der, size_t size) {
    const uint8_t *end = der;
    CMS_ContentInfo *cms = der && size <= INT32_MAX ? d2i_CMS_ContentInfo(NULL, &end, (long)size) : NULL;
    if (cms && end == der + size && OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed) return cms;
    CMS_ContentInfo_free(cms);
    return NULL;
}

static int is_strong(int nid) { return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512; }

const EVP_MD *ccms_signer_digest(CMS_SignerInfo *signer, int *bits) {
    X509_ALGOR *digest = NULL, *signature = NULL;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, &signature);
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, digest);
    int nid = OBJ_obj2nid(object);
    if (!is_strong(nid)) return NULL;
    X509_ALGOR_get0(&object, NULL, NULL, signature);
    int of_signature = NID_undef;
    if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &of_signature, NULL) == 1 && of_signature != NID_undef &&
        of_signature != nid)
        return NULL;
    const EVP_MD *md = EVP_get_digestbynid(nid);
    *bits = md ? EVP_MD_get_size(md) * 8 : 0;
    return md;
}

// The parameters of RSA-PSS name the digest; left out, it is SHA-1.
static int strong_pss(const X509_ALGOR *algorithm) {
    const void *value = NULL;
    int type = 0;
    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_SEQUENCE || !value) return 0;
    RSA_PSS_PARAMS *rules = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    const ASN1_OBJECT *object = NULL;
    if (rules && rules->hashAlgorithm) X509_ALGOR_get0(&object, NULL, NULL, rules->hashAlgorithm);
    int good = object && is_strong(OBJ_obj2nid(object));
    RSA_PSS_PARAMS_free(rules);
    return good;
}

int ccms_strong_signature(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object = NULL;
    if (!algorithm) return 0;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    int nid = OBJ_obj2nid(object), digest = NID_undef;
    if (nid == NID_rsassaPss) return strong_pss(algorithm);
    if (nid == NID_ED25519 || nid == NID_ED448) return 1;
    return OBJ_find_sigid_algs(nid, &digest, NULL) == 1 && is_strong(digest);
}

int ccms_strong_key(X509 *certificate) {
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (!key) return 0;
    int bits = EVP_PKEY_get_bits(key);
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS: return bits >= 2048 && bits <= 8192;
    case EVP_PKEY_EC: {
        char group[64] = "";
        size_t count = 0;
        // Named curves only: parameters written out in a key have been used to forge.
        return EVP_PKEY_get_group_name(key, group, sizeof group, &count) == 1 && bits >= 256;
    }
    default: return 0;
    }
}

// The value of a signed attribute that occurs once with one value of this type, or NULL.
static void *attribute(CMS_SignerInfo *signer, int nid, int type) {
    return CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(nid), -3, type);
}

// The content's digest: computed, or the one at hand. NULL when there is none of that algorithm.
static const uint8_t *digest_of(const ccms_content *content, const EVP_MD *md, uint8_t computed[EVP_MAX_MD_SIZE],
                                ccms_outcome *outcome) {
    *outcome = CCMS_WEAK_DIGEST;
    if (!content->parts) {
        // A digest at hand says nothing about another algorithm's digest of the same content.
        switch (EVP_MD_get_type(md)) {
        case NID_sha256: return content->sha256;
        case NID_sha384: return content->sha384;
        default: return content->sha512;
        }
    }
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    int good = digest && EVP_DigestInit_ex(digest, md, NULL) == 1;
    for (size_t i = 0; good && i < content->part_count; i++)
        good = EVP_DigestUpdate(digest, content->parts[i].data, content->parts[i].size) == 1;
    good = good && EVP_DigestFinal_ex(digest, computed, NULL) == 1;
    EVP_MD_CTX_free(digest);
    *outcome = CCMS_OUT_OF_MEMORY;
    return good ? computed : NULL;
}

ccms_outcome ccms_check_content(CMS_ContentInfo *cms, CMS_SignerInfo *signer, const EVP_MD *md,
                                const ccms_content *content) {
    const ASN1_OBJECT *type = attribute(signer, NID_pkcs9_contentType, V_ASN1_OBJECT);
    const ASN1_OCTET_STRING *stated = attribute(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
    if (!type || !stated || OBJ_cmp(type, CMS_get0_eContentType(cms)) != 0) return CCMS_NO_SIGNED_ATTRIBUTES;
    if (!content) return CCMS_OK;
    uint8_t computed[EVP_MAX_MD_SIZE];
    ccms_outcome outcome = CCMS_OK;
    const uint8_t *digest = digest_of(content, md, computed, &outcome);
    if (!digest) return outcome;
    int same = ASN1_STRING_length(stated) == EVP_MD_get_size(md) &&
               CRYPTO_memcmp(ASN1_STRING_get0_data(stated), digest, (size_t)EVP_MD_get_size(md)) == 0;
    return same ? CCMS_OK : CCMS_WRONG_CONTENT;
}

static ESS_SIGNING_CERT_V2 *newer_form(CMS_SignerInfo *signer) {
    const ASN1_STRING *value = attribute(signer, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
    if (!value) return NULL;
    const uint8_t *start = ASN1_STRING_get0_data(value), *end = start;
    ESS_SIGNING_CERT_V2 *found = d2i_ESS_SIGNING_CERT_V2(NULL, &end, ASN1_STRING_length(value));
    if (found && end == start + ASN1_STRING_length(value)) return found;
    ESS_SIGNING_CERT_V2_free(found);
    return NULL;
}

static ESS_SIGNING_CERT *older_form(CMS_SignerInfo *signer) {
    const ASN1_STRING *value = attribute(signer, NID_id_smime_aa_signingCertificate, V_ASN1_SEQUENCE);
    if (!value) return NULL;
    const uint8_t *start = ASN1_STRING_get0_data(value), *end = start;
    ESS_SIGNING_CERT *found = d2i_ESS_SIGNING_CERT(NULL, &end, ASN1_STRING_length(value));
    if (found && end == start + ASN1_STRING_length(value)) return found;
    ESS_SIGNING_CERT_free(found);
    return NULL;
}

int ccms_names_certificate(CMS_SignerInfo *signer, STACK_OF(X509) *chain, int older) {
    int newer_there = CMS_signed_get_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2, -1) >= 0;
    int older_there = older && CMS_signed_get_attr_by_NID(signer, NID_id_smime_aa_signingCertificate, -1) >= 0;
    if (!newer_there && !older_there) return 0;
    ESS_SIGNING_CERT_V2 *newer = newer_there ? newer_form(signer) : NULL;
    ESS_SIGNING_CERT *old = older_there ? older_form(signer) : NULL;
    int good = (!newer_there || newer) && (!older_there || old) &&
               OSSL_ESS_check_signing_certs(old, newer, chain, 1) == 1;
    ESS_SIGNING_CERT_V2_free(newer);
    ESS_SIGNING_CERT_free(old);
    return good ? 1 : -1;
}
