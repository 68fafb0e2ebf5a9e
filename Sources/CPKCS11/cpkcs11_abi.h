#ifndef TAMGA_CPKCS11_ABI_H
#define TAMGA_CPKCS11_ABI_H

// The part of the PKCS #11 interface (OASIS, version 2.40 and 3.0) that is used here, with the standard's names and
// values. On Unix its structures have their natural alignment.

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;
typedef struct { CK_BYTE major, minor; } CK_VERSION;

typedef struct {
    CK_BYTE label[32];
    CK_BYTE manufacturer[32];
    CK_BYTE model[16];
    CK_BYTE serial[16];
    CK_ULONG flags;
    CK_ULONG counts[10];
    CK_VERSION hardware, firmware;
    CK_BYTE utc_time[16];
} CK_TOKEN_INFO;

typedef struct {
    CK_ULONG type;
    void *value;
    CK_ULONG size;
} CK_ATTRIBUTE;

typedef struct {
    CK_ULONG mechanism;
    void *parameter;
    CK_ULONG size;
} CK_MECHANISM;

typedef struct {
    void *create_mutex, *destroy_mutex, *lock_mutex, *unlock_mutex;
    CK_ULONG flags;
    void *reserved;
} CK_INITIALIZE_ARGS;

// The functions in the standard's order; those not used only keep their place.
typedef struct {
    CK_VERSION version;
    CK_RV (*initialize)(void *arguments);
    void *finalize, *get_info, *get_function_list;
    CK_RV (*get_slot_list)(CK_BYTE present, CK_ULONG *slots, CK_ULONG *count);
    void *get_slot_info;
    CK_RV (*get_token_info)(CK_ULONG slot, CK_TOKEN_INFO *info);
    void *get_mechanism_list, *get_mechanism_info, *init_token, *init_pin, *set_pin;
    CK_RV (*open_session)(CK_ULONG slot, CK_ULONG flags, void *application, void *notify, CK_ULONG *session);
    CK_RV (*close_session)(CK_ULONG session);
    void *close_all_sessions, *get_session_info, *get_operation_state, *set_operation_state;
    CK_RV (*login)(CK_ULONG session, CK_ULONG user, const CK_BYTE *pin, CK_ULONG count);
    void *logout;
    CK_RV (*create_object)(CK_ULONG session, CK_ATTRIBUTE *attributes, CK_ULONG count, CK_ULONG *object);
    void *copy_object;
    CK_RV (*destroy_object)(CK_ULONG session, CK_ULONG object);
    void *get_object_size;
    CK_RV (*get_attribute_value)(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *attributes, CK_ULONG count);
    void *set_attribute_value;
    CK_RV (*find_objects_init)(CK_ULONG session, CK_ATTRIBUTE *attributes, CK_ULONG count);
    CK_RV (*find_objects)(CK_ULONG session, CK_ULONG *objects, CK_ULONG most, CK_ULONG *count);
    CK_RV (*find_objects_final)(CK_ULONG session);
    void *encrypt[4], *decrypt[4], *digest[5];
    CK_RV (*sign_init)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key);
    CK_RV (*sign)(CK_ULONG session, const CK_BYTE *data, CK_ULONG count, CK_BYTE *signature, CK_ULONG *size);
    void *sign_rest[4], *verify[6], *dual[4], *generate_key;
    CK_RV (*generate_key_pair)(CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_half,
                               CK_ULONG public_count, CK_ATTRIBUTE *private_half, CK_ULONG private_count,
                               CK_ULONG *public_key, CK_ULONG *private_key);
} CK_FUNCTION_LIST;

enum {
    CKF_OS_LOCKING_OK = 0x2,
    CKF_RW_SESSION = 0x2,
    CKF_SERIAL_SESSION = 0x4,
    CKF_WRITE_PROTECTED = 0x2,
    CKF_LOGIN_REQUIRED = 0x4,
    CKF_USER_PIN_INITIALIZED = 0x8,
    CKF_PROTECTED_AUTHENTICATION_PATH = 0x100,
    CKF_TOKEN_INITIALIZED = 0x400,
    CKF_USER_PIN_FINAL_TRY = 0x20000,
    CKF_USER_PIN_LOCKED = 0x40000,
    CKF_USER_PIN_TO_BE_CHANGED = 0x80000,

    CKU_USER = 1,
    CKU_CONTEXT_SPECIFIC = 2,

    CKO_CERTIFICATE = 1,
    CKO_PUBLIC_KEY = 2,
    CKO_PRIVATE_KEY = 3,

    CKK_RSA = 0,
    CKK_EC = 3,
    CKK_EC_EDWARDS = 0x40,
    CKC_X_509 = 0,

    CKA_CLASS = 0x0,
    CKA_TOKEN = 0x1,
    CKA_PRIVATE = 0x2,
    CKA_LABEL = 0x3,
    CKA_VALUE = 0x11,
    CKA_CERTIFICATE_TYPE = 0x80,
    CKA_KEY_TYPE = 0x100,
    CKA_ID = 0x102,
    CKA_SENSITIVE = 0x103,
    CKA_SIGN = 0x108,
    CKA_VERIFY = 0x10A,
    CKA_EXTRACTABLE = 0x162,
    CKA_EC_PARAMS = 0x180,
    CKA_EC_POINT = 0x181,
    CKA_ALWAYS_AUTHENTICATE = 0x202,

    CKM_RSA_PKCS = 0x1,
    CKM_ECDSA = 0x1041,
    CKM_EC_EDWARDS_KEY_PAIR_GEN = 0x1055,
    CKM_EDDSA = 0x1057,

    CKR_OK = 0x0,
    CKR_HOST_MEMORY = 0x2,
    CKR_ATTRIBUTE_TYPE_INVALID = 0x12,
    CKR_DEVICE_ERROR = 0x30,
    CKR_DEVICE_REMOVED = 0x32,
    CKR_MECHANISM_INVALID = 0x70,
    CKR_PIN_INCORRECT = 0xA0,
    CKR_PIN_INVALID = 0xA1,
    CKR_PIN_LEN_RANGE = 0xA2,
    CKR_PIN_EXPIRED = 0xA3,
    CKR_PIN_LOCKED = 0xA4,
    CKR_SESSION_CLOSED = 0xB0,
    CKR_SESSION_HANDLE_INVALID = 0xB3,
    CKR_TOKEN_NOT_PRESENT = 0xE0,
    CKR_TOKEN_NOT_RECOGNIZED = 0xE1,
    CKR_TOKEN_WRITE_PROTECTED = 0xE2,
    CKR_USER_ALREADY_LOGGED_IN = 0x100,
    CKR_USER_NOT_LOGGED_IN = 0x101,
    CKR_USER_PIN_NOT_INITIALIZED = 0x102,
    CKR_BUFFER_TOO_SMALL = 0x150,
    CKR_CRYPTOKI_NOT_INITIALIZED = 0x190,
    CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191,
};

#endif
