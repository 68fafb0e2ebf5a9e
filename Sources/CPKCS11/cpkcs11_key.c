// What is done with a key in its session.

#include "cpkcs11_internal.h"

#include <stdlib.h>
#include <string.h>

// RFC 8410's object identifier, and the curve's name as PKCS #11 3.0 also allows it.
static const uint8_t ed25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
static const uint8_t ed25519_name[] = {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r', 'd', 's', '2', '5', '5', '1', '9'};

static void add(CK_ATTRIBUTE *attributes, CK_ULONG *count, CK_ULONG type, const void *value, size_t size) {
    attributes[(*count)++] = (CK_ATTRIBUTE){type, (void *)value, size};
}

// Finds up to `most` objects.
static CK_RV find(cpkcs11_key *key, CK_ATTRIBUTE *wanted, CK_ULONG wanted_count, CK_ULONG *found, CK_ULONG most,
                  CK_ULONG *count) {
    *count = 0;
    CK_RV value = key->functions->find_objects_init(key->session, wanted, wanted_count);
    if (value != CKR_OK) return value;
    while (*count < most) {
        CK_ULONG more = 0;
        value = key->functions->find_objects(key->session, found + *count, most - *count, &more);
        if (value != CKR_OK || more == 0 || more > most - *count) break;
        *count += more;
    }
    CK_RV end = key->functions->find_objects_final(key->session);
    return value != CKR_OK ? value : end;
}

// Reads one attribute of at most `*size` bytes.
static CK_RV get(cpkcs11_key *key, CK_ULONG object, CK_ULONG type, void *value, CK_ULONG *size) {
    CK_ATTRIBUTE attribute = {type, value, *size};
    CK_RV result = key->functions->get_attribute_value(key->session, object, &attribute, 1);
    if (result == CKR_OK && attribute.size > *size) return CKR_ATTRIBUTE_TYPE_INVALID;
    *size = attribute.size;
    return result;
}

static cpkcs11_outcome read_ed25519(cpkcs11_key *key, cpkcs11_report *report) {
    CK_ULONG class = CKO_PUBLIC_KEY, kind = CKK_EC_EDWARDS, found[2], count = 0, wanted_count = 0;
    CK_ATTRIBUTE wanted[3];
    add(wanted, &wanted_count, CKA_CLASS, &class, sizeof class);
    add(wanted, &wanted_count, CKA_KEY_TYPE, &kind, sizeof kind);
    if (key->id_size) add(wanted, &wanted_count, CKA_ID, key->id, key->id_size);
    else if (key->key_label) add(wanted, &wanted_count, CKA_LABEL, key->key_label, strlen(key->key_label));
    CK_RV value = find(key, wanted, wanted_count, found, 2, &count);
    if (value != CKR_OK) return cpkcs11_failed("C_FindObjects", value, report);
    if (count == 0) return CPKCS11_PUBLIC_KEY_MISSING;
    if (count > 1) return CPKCS11_SEVERAL_KEYS;
    uint8_t curve[64], point[64];
    CK_ULONG curve_size = sizeof curve, point_size = sizeof point;
    value = get(key, found[0], CKA_EC_PARAMS, curve, &curve_size);
    if (value == CKR_OK) value = get(key, found[0], CKA_EC_POINT, point, &point_size);
    if (value != CKR_OK) return cpkcs11_failed("C_GetAttributeValue", value, report);
    int known = (curve_size == sizeof ed25519_oid && !memcmp(curve, ed25519_oid, curve_size)) ||
                (curve_size == sizeof ed25519_name && !memcmp(curve, ed25519_name, curve_size));
    if (!known) return CPKCS11_KEY_UNSUITABLE;
    // Version 3.0 has the 32 bytes alone; older modules wrap them in a DER octet string.
    const uint8_t *bytes = point;
    if (point_size == 34 && point[0] == 0x04 && point[1] == 32) bytes = point + 2;
    else if (point_size != 32) return CPKCS11_KEY_UNSUITABLE;
    if (key->has_public_key && memcmp(key->public_key, bytes, 32) != 0) {
        cpkcs11_say(report, "the token holds another key than before");
        return CPKCS11_KEY_NOT_FOUND;
    }
    memcpy(key->public_key, bytes, 32);
    key->has_public_key = 1;
    return CPKCS11_OK;
}

cpkcs11_outcome cpkcs11_locate(cpkcs11_key *key, cpkcs11_report *report) {
    CK_ULONG class = CKO_PRIVATE_KEY, found[2], count = 0, wanted_count = 0, kind = 0, size = sizeof kind;
    CK_ATTRIBUTE wanted[3];
    add(wanted, &wanted_count, CKA_CLASS, &class, sizeof class);
    if (key->key_label) add(wanted, &wanted_count, CKA_LABEL, key->key_label, strlen(key->key_label));
    if (key->id_size) add(wanted, &wanted_count, CKA_ID, key->id, key->id_size);
    CK_RV value = find(key, wanted, wanted_count, found, 2, &count);
    if (value != CKR_OK) return cpkcs11_failed("C_FindObjects", value, report);
    if (count != 1) return count == 0 ? CPKCS11_KEY_NOT_FOUND : CPKCS11_SEVERAL_KEYS;
    value = get(key, found[0], CKA_KEY_TYPE, &kind, &size);
    if (value != CKR_OK) return cpkcs11_failed("C_GetAttributeValue", value, report);
    switch (kind) {
    case CKK_RSA: key->kind = CPKCS11_RSA; break;
    case CKK_EC: key->kind = CPKCS11_EC; break;
    case CKK_EC_EDWARDS: key->kind = CPKCS11_ED25519; break;
    default: return CPKCS11_KEY_UNSUITABLE;
    }
    // Older modules don't know every attribute: then the standard's default holds.
    CK_BYTE flag = 0;
    size = sizeof flag;
    key->always_authenticate = get(key, found[0], CKA_ALWAYS_AUTHENTICATE, &flag, &size) == CKR_OK && flag;
    size = sizeof flag;
    if (get(key, found[0], CKA_SIGN, &flag, &size) == CKR_OK && !flag) return CPKCS11_KEY_UNSUITABLE;
    if (!key->id_size) {
        size = sizeof key->id;
        if (get(key, found[0], CKA_ID, key->id, &size) == CKR_OK) key->id_size = size;
    }
    key->handle = found[0];
    return key->kind == CPKCS11_ED25519 ? read_ed25519(key, report) : CPKCS11_OK;
}

static cpkcs11_outcome reopen(cpkcs11_key *key, cpkcs11_report *report) {
    cpkcs11_outcome outcome = cpkcs11_connect(key, report);
    if (outcome == CPKCS11_OK) outcome = cpkcs11_locate(key, report);
    if (outcome != CPKCS11_OK) cpkcs11_disconnect(key);
    return outcome;
}

cpkcs11_outcome cpkcs11_open(const cpkcs11_address *address, const uint8_t *pin, size_t pin_size,
                             cpkcs11_key **result, cpkcs11_report *report) {
    cpkcs11_outcome outcome = cpkcs11_prepare(address, pin, pin_size, result, report);
    if (outcome != CPKCS11_OK) return outcome;
    outcome = reopen(*result, report);
    if (outcome != CPKCS11_OK) {
        cpkcs11_close(*result);
        *result = NULL;
    }
    return outcome;
}

static cpkcs11_outcome generate(cpkcs11_key *key, cpkcs11_report *report) {
    const CK_BYTE yes = 1, no = 0;
    CK_MECHANISM mechanism = {CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0};
    CK_RV value = CKR_OK;
    for (int named = 0; named < 2; named++) {
        CK_ATTRIBUTE public_half[8], private_half[8];
        CK_ULONG public_count = 0, private_count = 0, public_key = 0, private_key = 0;
        const uint8_t *curve = named ? ed25519_name : ed25519_oid;
        add(public_half, &public_count, CKA_TOKEN, &yes, 1);
        add(public_half, &public_count, CKA_VERIFY, &yes, 1);
        add(public_half, &public_count, CKA_LABEL, key->key_label, strlen(key->key_label));
        add(public_half, &public_count, CKA_ID, key->id, key->id_size);
        add(public_half, &public_count, CKA_EC_PARAMS, curve, named ? sizeof ed25519_name : sizeof ed25519_oid);
        add(private_half, &private_count, CKA_TOKEN, &yes, 1);
        add(private_half, &private_count, CKA_PRIVATE, &yes, 1);
        add(private_half, &private_count, CKA_SENSITIVE, &yes, 1);
        add(private_half, &private_count, CKA_EXTRACTABLE, &no, 1);
        add(private_half, &private_count, CKA_SIGN, &yes, 1);
        add(private_half, &private_count, CKA_LABEL, key->key_label, strlen(key->key_label));
        add(private_half, &private_count, CKA_ID, key->id, key->id_size);
        value = key->functions->generate_key_pair(key->session, &mechanism, public_half, public_count, private_half,
                                                  private_count, &public_key, &private_key);
        // Only a refused curve is worth the other spelling.
        if (value == CKR_OK || value == CKR_MECHANISM_INVALID || value == CKR_TOKEN_WRITE_PROTECTED) break;
    }
    if (value != CKR_OK) return cpkcs11_failed("C_GenerateKeyPair", value, report);
    return cpkcs11_locate(key, report);
}

// The public half goes first: a private half without it could not be opened, nor be imported again.
static cpkcs11_outcome import(cpkcs11_key *key, const uint8_t *seed, const uint8_t *public_key,
                              cpkcs11_report *report) {
    const CK_BYTE yes = 1, no = 0;
    CK_ULONG public_class = CKO_PUBLIC_KEY, private_class = CKO_PRIVATE_KEY, kind = CKK_EC_EDWARDS;
    uint8_t point[34] = {0x04, 32};
    memcpy(point + 2, public_key, 32);
    CK_RV value = CKR_OK;
    for (int named = 0; named < 2; named++) {
        CK_ATTRIBUTE public_half[8], private_half[12];
        CK_ULONG public_count = 0, private_count = 0, public_object = 0, private_object = 0;
        const uint8_t *curve = named ? ed25519_name : ed25519_oid;
        size_t curve_size = named ? sizeof ed25519_name : sizeof ed25519_oid;
        add(public_half, &public_count, CKA_CLASS, &public_class, sizeof public_class);
        add(public_half, &public_count, CKA_KEY_TYPE, &kind, sizeof kind);
        add(public_half, &public_count, CKA_TOKEN, &yes, 1);
        add(public_half, &public_count, CKA_VERIFY, &yes, 1);
        add(public_half, &public_count, CKA_LABEL, key->key_label, strlen(key->key_label));
        add(public_half, &public_count, CKA_ID, key->id, key->id_size);
        add(public_half, &public_count, CKA_EC_PARAMS, curve, curve_size);
        add(public_half, &public_count, CKA_EC_POINT, point, sizeof point);
        add(private_half, &private_count, CKA_CLASS, &private_class, sizeof private_class);
        add(private_half, &private_count, CKA_KEY_TYPE, &kind, sizeof kind);
        add(private_half, &private_count, CKA_TOKEN, &yes, 1);
        add(private_half, &private_count, CKA_PRIVATE, &yes, 1);
        add(private_half, &private_count, CKA_SENSITIVE, &yes, 1);
        add(private_half, &private_count, CKA_EXTRACTABLE, &no, 1);
        add(private_half, &private_count, CKA_SIGN, &yes, 1);
        add(private_half, &private_count, CKA_LABEL, key->key_label, strlen(key->key_label));
        add(private_half, &private_count, CKA_ID, key->id, key->id_size);
        add(private_half, &private_count, CKA_EC_PARAMS, curve, curve_size);
        add(private_half, &private_count, CKA_VALUE, seed, 32);
        value = key->functions->create_object(key->session, public_half, public_count, &public_object);
        if (value == CKR_OK) {
            value = key->functions->create_object(key->session, private_half, private_count, &private_object);
            if (value == CKR_OK) return cpkcs11_locate(key, report);
            key->functions->destroy_object(key->session, public_object);
        }
        if (value == CKR_TOKEN_WRITE_PROTECTED) break;
    }
    return cpkcs11_failed("C_CreateObject", value, report);
}

static cpkcs11_outcome make(const cpkcs11_address *address, const uint8_t *seed, const uint8_t *public_key,
                            const uint8_t *pin, size_t pin_size, cpkcs11_key **result, cpkcs11_report *report) {
    cpkcs11_outcome outcome = cpkcs11_prepare(address, pin, pin_size, result, report);
    if (outcome != CPKCS11_OK) return outcome;
    cpkcs11_key *key = *result;
    size_t label_size = key->key_label ? strlen(key->key_label) : 0;
    outcome = label_size == 0 || label_size > sizeof key->id ? CPKCS11_KEY_NOT_FOUND : CPKCS11_OK;
    if (outcome == CPKCS11_OK) {
        // The label alone says whether a key is there: two of one label could not be told apart later.
        uint8_t id[sizeof key->id];
        size_t id_size = key->id_size;
        memcpy(id, key->id, sizeof id);
        key->id_size = 0;
        key->writable = 1;
        outcome = cpkcs11_connect(key, report);
        if (outcome == CPKCS11_OK) {
            CK_ULONG found = 0, count = 0, class = CKO_PRIVATE_KEY, wanted_count = 0;
            CK_ATTRIBUTE wanted[2];
            add(wanted, &wanted_count, CKA_CLASS, &class, sizeof class);
            add(wanted, &wanted_count, CKA_LABEL, key->key_label, label_size);
            CK_RV value = find(key, wanted, wanted_count, &found, 1, &count);
            if (value != CKR_OK) outcome = cpkcs11_failed("C_FindObjects", value, report);
            else if (count > 0) outcome = CPKCS11_KEY_EXISTS;
        }
        if (outcome == CPKCS11_OK) {
            key->id_size = id_size ? id_size : label_size;
            memcpy(key->id, id_size ? id : (const uint8_t *)key->key_label, key->id_size);
            outcome = seed ? import(key, seed, public_key, report) : generate(key, report);
        }
        key->writable = 0;
    }
    if (outcome != CPKCS11_OK) {
        cpkcs11_close(key);
        *result = NULL;
    }
    return outcome;
}

cpkcs11_outcome cpkcs11_generate_ed25519(const cpkcs11_address *address, const uint8_t *pin, size_t pin_size,
                                         cpkcs11_key **result, cpkcs11_report *report) {
    return make(address, NULL, NULL, pin, pin_size, result, report);
}

cpkcs11_outcome cpkcs11_import_ed25519(const cpkcs11_address *address, const uint8_t *seed, const uint8_t *public_key,
                                       const uint8_t *pin, size_t pin_size, cpkcs11_key **result,
                                       cpkcs11_report *report) {
    return make(address, seed, public_key, pin, pin_size, result, report);
}

cpkcs11_kind cpkcs11_key_kind(const cpkcs11_key *key) { return key->kind; }

const uint8_t *cpkcs11_ed25519_public(const cpkcs11_key *key) {
    return key->kind == CPKCS11_ED25519 ? key->public_key : NULL;
}

static cpkcs11_outcome sign(cpkcs11_key *key, const uint8_t *data, size_t count, uint8_t *signature, size_t *size,
                            cpkcs11_report *report) {
    static const CK_ULONG mechanisms[] = {
        [CPKCS11_RSA] = CKM_RSA_PKCS, [CPKCS11_EC] = CKM_ECDSA, [CPKCS11_ED25519] = CKM_EDDSA};
    CK_MECHANISM mechanism = {mechanisms[key->kind], NULL, 0};
    CK_RV value = key->functions->sign_init(key->session, &mechanism, key->handle);
    if (value != CKR_OK) return cpkcs11_failed("C_SignInit", value, report);
    cpkcs11_outcome outcome = CPKCS11_OK;
    if (key->always_authenticate) outcome = cpkcs11_login(key, CKU_CONTEXT_SPECIFIC, (CK_ULONG)-1, report);
    if (outcome != CPKCS11_OK) return outcome;
    CK_ULONG written = *size;
    value = key->functions->sign(key->session, data, count, signature, &written);
    if (value != CKR_OK) return cpkcs11_failed("C_Sign", value, report);
    if (written > *size) return CPKCS11_FAILED;
    *size = written;
    return CPKCS11_OK;
}

cpkcs11_outcome cpkcs11_sign(cpkcs11_key *key, const uint8_t *data, size_t count, uint8_t *signature, size_t *size,
                             cpkcs11_report *report) {
    report->detail[0] = 0;
    pthread_mutex_lock(&key->lock);
    cpkcs11_outcome outcome = key->session ? sign(key, data, count, signature, size, report) : CPKCS11_TOKEN_GONE;
    if (outcome == CPKCS11_TOKEN_GONE) {
        outcome = reopen(key, report);
        if (outcome == CPKCS11_OK) outcome = sign(key, data, count, signature, size, report);
    }
    // A signature begun and not ended would stand in the way of the next: the session goes with it.
    if (outcome != CPKCS11_OK) cpkcs11_disconnect(key);
    pthread_mutex_unlock(&key->lock);
    return outcome;
}

static cpkcs11_outcome certificate(cpkcs11_key *key, size_t position, uint8_t **der, size_t *size,
                                   cpkcs11_report *report) {
    CK_ULONG class = CKO_CERTIFICATE, kind = CKC_X_509, found[16], count = 0, wanted_count = 0;
    CK_ATTRIBUTE wanted[3];
    add(wanted, &wanted_count, CKA_CLASS, &class, sizeof class);
    add(wanted, &wanted_count, CKA_CERTIFICATE_TYPE, &kind, sizeof kind);
    if (key->id_size) add(wanted, &wanted_count, CKA_ID, key->id, key->id_size);
    else if (key->key_label) add(wanted, &wanted_count, CKA_LABEL, key->key_label, strlen(key->key_label));
    else return CPKCS11_CERTIFICATE_NOT_FOUND;
    CK_RV value = find(key, wanted, wanted_count, found, 16, &count);
    if (value != CKR_OK) return cpkcs11_failed("C_FindObjects", value, report);
    if (position >= count) return CPKCS11_CERTIFICATE_NOT_FOUND;
    CK_ATTRIBUTE length = {CKA_VALUE, NULL, 0};
    value = key->functions->get_attribute_value(key->session, found[position], &length, 1);
    if (value != CKR_OK) return cpkcs11_failed("C_GetAttributeValue", value, report);
    if (length.size == 0 || length.size > 1 << 16) return CPKCS11_FAILED;
    CK_ULONG room = length.size;
    *der = malloc(room);
    if (!*der) return CPKCS11_OUT_OF_MEMORY;
    value = get(key, found[position], CKA_VALUE, *der, &room);
    if (value == CKR_OK) {
        *size = room;
        return CPKCS11_OK;
    }
    free(*der);
    *der = NULL;
    return cpkcs11_failed("C_GetAttributeValue", value, report);
}

cpkcs11_outcome cpkcs11_certificate(cpkcs11_key *key, size_t position, uint8_t **der, size_t *size,
                                    cpkcs11_report *report) {
    *der = NULL;
    *size = 0;
    report->detail[0] = 0;
    pthread_mutex_lock(&key->lock);
    cpkcs11_outcome outcome = key->session ? CPKCS11_OK : reopen(key, report);
    if (outcome == CPKCS11_OK) outcome = certificate(key, position, der, size, report);
    pthread_mutex_unlock(&key->lock);
    return outcome;
}
