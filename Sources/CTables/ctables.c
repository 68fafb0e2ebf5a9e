#include "ctables.h"

#include <string.h>

// #embed is of C23; clang takes it in any mode and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char tax_rates[] = {
#embed "../../seeds/tables/tax-rates.csv"
};
static const unsigned char districts[] = {
#embed "../../seeds/tables/districts.csv"
};
static const unsigned char tax_products[] = {
#embed "../../seeds/tables/tax-products.csv"
};
static const unsigned char classifications[] = {
#embed "../../seeds/tables/classifications.csv"
};
static const unsigned char payment_codes[] = {
#embed "../../seeds/tables/payment-codes.csv"
};

static const struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} files[] = {
    {"tax-rates.csv", tax_rates, sizeof tax_rates},
    {"districts.csv", districts, sizeof districts},
    {"tax-products.csv", tax_products, sizeof tax_products},
    {"classifications.csv", classifications, sizeof classifications},
    {"payment-codes.csv", payment_codes, sizeof payment_codes},
};

const unsigned char *ctables_bytes(const char *name, size_t *count) {
    for (size_t file = 0; file < sizeof files / sizeof *files; file++) {
        if (strcmp(files[file].name, name) != 0) continue;
        *count = files[file].count;
        return files[file].bytes;
    }
    return NULL;
}
