// Modules, tokens and sessions.

#include "cpkcs11_internal.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static pthread_mutex_t modules_lock = PTHREAD_MUTEX_INITIALIZER;

void cpkcs11_say(cpkcs11_report *report, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->detail, sizeof report->detail, format, arguments);
    va_end(arguments);
}

cpkcs11_outcome cpkcs11_failed(const char *function, CK_RV value, cpkcs11_report *report) {
    cpkcs11_say(report, "%s: CKR 0x%lx", function, value);
    switch (value) {
    case CKR_OK: return CPKCS11_OK;
    case CKR_HOST_MEMORY: return CPKCS11_OUT_OF_MEMORY;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE: return CPKCS11_PIN_WRONG;
    case CKR_PIN_LOCKED: return CPKCS11_PIN_LOCKED;
    case CKR_PIN_EXPIRED:
    case CKR_USER_PIN_NOT_INITIALIZED: return CPKCS11_PIN_UNSET;
    case CKR_MECHANISM_INVALID: return CPKCS11_MECHANISM_MISSING;
    case CKR_TOKEN_WRITE_PROTECTED: return CPKCS11_TOKEN_READ_ONLY;
    case CKR_BUFFER_TOO_SMALL: return CPKCS11_BUFFER_TOO_SMALL;
    case CKR_DEVICE_ERROR:
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_SESSION_CLOSED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_CRYPTOKI_NOT_INITIALIZED: return CPKCS11_TOKEN_GONE;
    default: return CPKCS11_FAILED;
    }
}

static cpkcs11_outcome start(const CK_FUNCTION_LIST *functions, cpkcs11_report *report) {
    CK_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
    CK_RV value = functions->initialize(&arguments);
    if (value == CKR_OK || value == CKR_CRYPTOKI_ALREADY_INITIALIZED) return CPKCS11_OK;
    cpkcs11_failed("C_Initialize", value, report);
    return CPKCS11_MODULE_UNUSABLE;
}

// dlopen counts its users, so a module may be asked for any number of times; it is never closed.
static cpkcs11_outcome load(const char *path, const CK_FUNCTION_LIST **functions, cpkcs11_report *report) {
    if (path[0] != '/') {
        cpkcs11_say(report, "%s is not an absolute path", path);
        return CPKCS11_MODULE_UNLOADABLE;
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *reason = dlerror();
        cpkcs11_say(report, "%s", reason ? reason : path);
        return CPKCS11_MODULE_UNLOADABLE;
    }
    CK_RV (*get_function_list)(const CK_FUNCTION_LIST **list) = NULL;
    *(void **)&get_function_list = dlsym(library, "C_GetFunctionList");
    if (!get_function_list) {
        dlclose(library);
        cpkcs11_say(report, "%s has no C_GetFunctionList", path);
        return CPKCS11_MODULE_UNUSABLE;
    }
    CK_RV value = get_function_list(functions);
    if (value != CKR_OK || !*functions) {
        cpkcs11_failed("C_GetFunctionList", value, report);
        return CPKCS11_MODULE_UNUSABLE;
    }
    if ((*functions)->version.major != 2 && (*functions)->version.major != 3) {
        cpkcs11_say(report, "interface version %u", (*functions)->version.major);
        return CPKCS11_MODULE_UNUSABLE;
    }
    return start(*functions, report);
}

static char *copy_text(const char *text) { return text ? strdup(text) : NULL; }

cpkcs11_outcome cpkcs11_prepare(const cpkcs11_address *address, const uint8_t *pin, size_t pin_size,
                                cpkcs11_key **result, cpkcs11_report *report) {
    *result = NULL;
    report->detail[0] = 0;
    cpkcs11_key *key = calloc(1, sizeof *key);
    if (!key) return CPKCS11_OUT_OF_MEMORY;
    pthread_mutex_init(&key->lock, NULL);
    key->token_label = copy_text(address->token_label);
    key->token_serial = copy_text(address->token_serial);
    key->key_label = copy_text(address->key_label);
    int whole = !key->token_label == !address->token_label && !key->token_serial == !address->token_serial &&
                !key->key_label == !address->key_label;
    if (address->key_id_size > sizeof key->id) {
        cpkcs11_close(key);
        cpkcs11_say(report, "the id has more than %zu bytes", sizeof key->id);
        return CPKCS11_KEY_NOT_FOUND;
    }
    key->id_size = address->key_id_size;
    if (key->id_size) memcpy(key->id, address->key_id, key->id_size);
    if (pin) {
        key->pin = malloc(pin_size + 1);
        whole = whole && key->pin;
        if (key->pin) {
            // Where the limit on locked memory is too low, the PIN is kept all the same.
            mlock(key->pin, pin_size + 1);
            memcpy(key->pin, pin, pin_size);
            key->pin_size = pin_size;
        }
    }
    cpkcs11_outcome outcome = CPKCS11_OUT_OF_MEMORY;
    if (whole) {
        pthread_mutex_lock(&modules_lock);
        outcome = load(address->module, &key->functions, report);
        pthread_mutex_unlock(&modules_lock);
    }
    if (outcome != CPKCS11_OK) {
        cpkcs11_close(key);
        return outcome;
    }
    *result = key;
    return CPKCS11_OK;
}

void cpkcs11_close(cpkcs11_key *key) {
    if (!key) return;
    cpkcs11_disconnect(key);
    if (key->pin) {
        explicit_bzero(key->pin, key->pin_size);
        munlock(key->pin, key->pin_size + 1);
        free(key->pin);
    }
    free(key->token_label);
    free(key->token_serial);
    free(key->key_label);
    pthread_mutex_destroy(&key->lock);
    free(key);
}

// A field of CK_TOKEN_INFO is padded with blanks.
static int equals_padded(const char *text, const CK_BYTE *field, size_t size) {
    while (size > 0 && (field[size - 1] == ' ' || field[size - 1] == 0)) size--;
    return strlen(text) == size && memcmp(text, field, size) == 0;
}

static cpkcs11_outcome find_token(cpkcs11_key *key, CK_ULONG *slot, CK_ULONG *flags, cpkcs11_report *report) {
    CK_ULONG slots[256], count = 0;
    // The first call lets the module look for tokens anew.
    CK_RV value = key->functions->get_slot_list(1, NULL, &count);
    if (value != CKR_OK) return cpkcs11_failed("C_GetSlotList", value, report);
    count = sizeof slots / sizeof *slots;
    value = key->functions->get_slot_list(1, slots, &count);
    if (value != CKR_OK) return cpkcs11_failed("C_GetSlotList", value, report);
    size_t found = 0;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        memset(&info, 0, sizeof info);
        if (key->functions->get_token_info(slots[i], &info) != CKR_OK) continue;
        if (!(info.flags & CKF_TOKEN_INITIALIZED)) continue;
        if (key->token_label && !equals_padded(key->token_label, info.label, sizeof info.label)) continue;
        if (key->token_serial && !equals_padded(key->token_serial, info.serial, sizeof info.serial)) continue;
        *slot = slots[i];
        *flags = info.flags;
        found++;
    }
    cpkcs11_say(report, "%zu of %lu", found, count);
    if (found == 1) return CPKCS11_OK;
    return found == 0 ? CPKCS11_TOKEN_NOT_FOUND : CPKCS11_SEVERAL_TOKENS;
}

cpkcs11_outcome cpkcs11_login(cpkcs11_key *key, CK_ULONG user, CK_ULONG slot, cpkcs11_report *report) {
    if (key->pin_refused) {
        cpkcs11_say(report, "the PIN was refused before");
        return CPKCS11_PIN_WRONG;
    }
    CK_RV value = key->functions->login(key->session, user, key->pin, key->pin_size);
    if (value == CKR_USER_ALREADY_LOGGED_IN && user == CKU_USER) return CPKCS11_OK;
    cpkcs11_outcome outcome = cpkcs11_failed("C_Login", value, report);
    if (outcome != CPKCS11_PIN_WRONG) return outcome;
    key->pin_refused = 1;
    CK_TOKEN_INFO info;
    memset(&info, 0, sizeof info);
    if (slot == (CK_ULONG)-1 || key->functions->get_token_info(slot, &info) != CKR_OK) return outcome;
    if (info.flags & CKF_USER_PIN_LOCKED) return CPKCS11_PIN_LOCKED;
    return info.flags & CKF_USER_PIN_FINAL_TRY ? CPKCS11_PIN_LAST_TRY : outcome;
}

cpkcs11_outcome cpkcs11_connect(cpkcs11_key *key, cpkcs11_report *report) {
    CK_ULONG slot = 0, flags = 0;
    cpkcs11_disconnect(key);
    cpkcs11_outcome outcome = start(key->functions, report);
    if (outcome == CPKCS11_OK) outcome = find_token(key, &slot, &flags, report);
    if (outcome != CPKCS11_OK) return outcome;
    if (key->writable && flags & CKF_WRITE_PROTECTED) return CPKCS11_TOKEN_READ_ONLY;
    int must_login = (flags & CKF_LOGIN_REQUIRED) != 0;
    if (must_login) {
        if (flags & CKF_USER_PIN_LOCKED) return CPKCS11_PIN_LOCKED;
        if (!(flags & CKF_USER_PIN_INITIALIZED) || flags & CKF_USER_PIN_TO_BE_CHANGED) return CPKCS11_PIN_UNSET;
        if (!key->pin && !(flags & CKF_PROTECTED_AUTHENTICATION_PATH)) return CPKCS11_PIN_NEEDED;
    }
    CK_ULONG wanted = CKF_SERIAL_SESSION | (key->writable ? CKF_RW_SESSION : 0);
    CK_RV value = key->functions->open_session(slot, wanted, NULL, NULL, &key->session);
    if (value != CKR_OK) {
        key->session = 0;
        return cpkcs11_failed("C_OpenSession", value, report);
    }
    if (must_login) outcome = cpkcs11_login(key, CKU_USER, slot, report);
    if (outcome != CPKCS11_OK) cpkcs11_disconnect(key);
    return outcome;
}

void cpkcs11_disconnect(cpkcs11_key *key) {
    if (key->session) key->functions->close_session(key->session);
    key->session = key->handle = 0;
}
