// test_meta.c - tests instrument/write/meta.c.
#include "instrument/write/meta.h"

#include "instrument/format/trace_format.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static uint8_t memory[64];
static struct rp_meta meta;

static void setup(void) {
    meta = rp_meta_start(memory, sizeof memory);
}

TestSuite(meta, .init = setup);

static size_t used(void) {
    return (size_t)(meta.at - meta.start);
}

Test(meta, has_key_and_value_behind_their_lengths) {
    struct trace_meta_entry entry;

    rp_meta_add_text(&meta, "key", "value");

    memcpy(&entry, memory, sizeof entry);
    cr_assert(eq(u16, entry.key_bytes, 3));
    cr_assert(eq(u32, entry.value_bytes, 5));
    cr_assert(zero(int, memcmp(memory + sizeof entry, "keyvalue", 8)));
    cr_assert(eq(sz, used(), sizeof entry + 8));
}

Test(meta, has_one_entry_after_another) {
    const struct trace_meta_entry *entry = (const void *)memory;

    rp_meta_add_number(&meta, "n", UINT64_MAX);
    size_t first = used();
    rp_meta_add(&meta, "b", "\0\1", 2);

    cr_assert(eq(u32, entry->value_bytes, 20));
    cr_assert(zero(int, memcmp(memory + first + sizeof *entry, "b\0\1", 3)));
}

Test(meta, leaves_out_what_has_no_room) {
    rp_meta_add(&meta, "k", (char[48]){0}, 48);
    size_t before = used();
    rp_meta_add(&meta, "k", (char[48]){0}, 48);

    cr_assert(eq(sz, used(), before));
}
