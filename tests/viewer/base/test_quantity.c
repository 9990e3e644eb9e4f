// test_quantity.c - numbers with a unit, as people write them.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/base/quantity.h"

enum { KEPT = 4711 };

static uint64_t bytes(const char *text) {
    uint64_t value = KEPT;
    return quantity_bytes(text, &value) ? value : value == KEPT ? 1234567 : 0;
}

static uint64_t ns(const char *text) {
    uint64_t value = KEPT;
    return quantity_ns(text, &value) ? value : value == KEPT ? 1234567 : 0;
}

Test(quantity, bytes_have_units_of_1024) {
    cr_expect(eq(u64, bytes("0"), 0));
    cr_expect(eq(u64, bytes("4096"), 4096));
    cr_expect(eq(u64, bytes("12B"), 12));
    cr_expect(eq(u64, bytes("4K"), 4096));
    cr_expect(eq(u64, bytes("1.5MiB"), 3 << 19));
    cr_expect(eq(u64, bytes("2G"), UINT64_C(2) << 30));
    cr_expect(eq(u64, bytes("1TiB"), UINT64_C(1) << 40));
    cr_expect(eq(u64, bytes("9007199254740992"), UINT64_C(1) << 53));
}

Test(quantity, times_have_units) {
    cr_expect(eq(u64, ns("1.5s"), 1500000000));
    cr_expect(eq(u64, ns("300ms"), 300000000));
    cr_expect(eq(u64, ns("2min"), UINT64_C(120000000000)));
    cr_expect(eq(u64, ns("80ns"), 80));
}

Test(quantity, what_is_none_leaves_the_value) {
    static const char *const wrong[] = {"",    "-1",   "4KB", "0x10",
                                        "1e",  "K",    "nan", "inf",
                                        "1 K", "1e99", " 12", "4k"};
    double number = KEPT;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_expect(eq(u64, bytes(wrong[i]), 1234567), "%s", wrong[i]);
        cr_expect(eq(u64, ns(wrong[i]), 1234567), "%s", wrong[i]);
        cr_expect(not(quantity_number(wrong[i], &number)), "%s", wrong[i]);
    }
    cr_expect(eq(u64, ns("12"), 1234567), "without a unit");
    cr_expect(eq(u64, ns("1e12h"), 1234567));
    cr_expect(eq(dbl, number, KEPT));
    cr_expect(quantity_number("1e6", &number) && number == 1e6);
}
