// test_cfi.c - tests instrument/stack/cfi.c with tables of its own making.
#include "instrument/stack/cfi.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { ROOM = 512, FRAMES = 64 };

static uint8_t file[ROOM]; // a header with one function, then .eh_frame
static uint32_t used;
static const uint64_t code = 0x40; // from the header on, as its place

static void put(const void *bytes, uint32_t count) {
    cr_assert(used + count <= ROOM);
    memcpy(&file[used], bytes, count);
    used += count;
}
static void put4(uint32_t value) {
    put(&value, 4);
}

// One function of 100 bytes, whose table has these instructions.
static void make(const char *augmentation, const uint8_t *program,
                 uint32_t bytes) {
    const uint8_t first[] = {1, 0xff, 0x03, 0x3b}; // no frames, 4-byte count
    // CFA is sp + 8, the return address lies at CFA - 8.
    const uint8_t common[] = {0x0c, 7, 8, 0x80 | 16, 1};
    uint32_t cie, fde;

    memset(file, 0, sizeof file);
    used = 0;
    put(first, 4);
    put4(1);
    put4((uint32_t)code);
    uint32_t place = used;
    put4(0);
    used = FRAMES;
    cie = used;
    put4(0);
    put4(0);
    put("\1", 1);
    put(augmentation, (uint32_t)strlen(augmentation) + 1);
    put("\1\x78\x10", 3); // units 1 and -8, return address in 16
    put("\1\x1b", 2);     // one byte: addresses from here, 4 bytes, signed
    put(common, sizeof common);
    uint32_t size = used - cie - 4;
    memcpy(&file[cie], &size, 4);
    fde = used;
    put4(0);
    put4(used - cie);
    put4((uint32_t)(code - used));
    put4(100);
    put("\0", 1);
    put(program, bytes);
    size = used - fde - 4;
    memcpy(&file[fde], &size, 4);
    memcpy(&file[place], &fde, 4);
}

static struct rp_rule rule_at(uint64_t offset) {
    return rp_cfi_read((uintptr_t)file + code + offset, file, file,
                       file + ROOM);
}

#define MAKE(...)                                                              \
    make("zR", (const uint8_t[]){__VA_ARGS__},                                 \
         (uint32_t)sizeof((const uint8_t[]){__VA_ARGS__}))

Test(cfi, follows_a_function_that_saves_rbp_and_uses_it) {
    MAKE(0x41, 0x0e, 16, 0x86, 2, // push rbp
         0x43, 0x0d, 6,           // mov rbp, rsp
         0x50, 0x0c, 7, 8, 0xc6); // leave

    struct rp_rule begin = rule_at(0), pushed = rule_at(1), set = rule_at(4),
                   left = rule_at(20);

    cr_assert(eq(int, (int)begin.kind, RP_RULE_SP));
    cr_assert(eq(i32, begin.cfa, 8));
    cr_assert(eq(u32, begin.bp, 0));
    cr_assert(eq(int, (int)pushed.kind, RP_RULE_SP));
    cr_assert(eq(i32, pushed.cfa, 16));
    cr_assert(eq(u32, pushed.bp, 16));
    cr_assert(eq(int, (int)set.kind, RP_RULE_BP));
    cr_assert(eq(i32, set.cfa, 16));
    cr_assert(eq(u32, set.bp, 16));
    cr_assert(eq(int, (int)left.kind, RP_RULE_SP));
    cr_assert(eq(i32, left.cfa, 8));
    cr_assert(eq(u32, left.bp, 0));
}

Test(cfi, goes_back_to_what_was_remembered) {
    MAKE(0x0a, 0x41, 0x0e, 0x80, 1, 0x02, 9, 0x0b);

    cr_assert(eq(i32, rule_at(1).cfa, 128));
    cr_assert(eq(i32, rule_at(10).cfa, 8));
}

Test(cfi, understands_a_realigned_stack) {
    MAKE(0x0f, 3, 0x76, 0x78, 0x06, 0x10, 6, 2, 0x76, 0);

    struct rp_rule rule = rule_at(0);

    cr_assert(eq(int, (int)rule.kind, RP_RULE_AT_BP));
    cr_assert(eq(i32, rule.cfa, -8));
}

Test(cfi, knows_the_outermost_frame) {
    MAKE(0x07, 16);

    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_END));
}

Test(cfi, says_of_what_it_does_not_understand_that_it_is_hard) {
    MAKE(0x0f, 2, 0x77, 8); // CFA by another expression
    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_HARD));
    MAKE(0x0c, 10, 0); // CFA from r10
    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_HARD));
    MAKE(0x09, 6, 3); // rbp in another register
    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_HARD));
    MAKE(0x3e); // no instruction
    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_HARD));
    MAKE(0x0b); // nothing was remembered
    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_HARD));
    MAKE(0x0e, 0x80, 0x80, 0x80, 0x80, 4); // 1 GiB of frame
    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_HARD));
    make("zRS", (const uint8_t[]){0}, 1); // a signal frame
    cr_assert(eq(int, (int)rule_at(0).kind, RP_RULE_HARD));
}

Test(cfi, knows_nothing_of_code_outside_of_the_function) {
    MAKE(0);

    cr_assert(eq(int, (int)rule_at(99).kind, RP_RULE_SP));
    cr_assert(eq(int, (int)rule_at(100).kind, RP_RULE_SILENT));
    cr_assert(eq(int, (int)rule_at((uint64_t)-1).kind, RP_RULE_SILENT));
}

Test(cfi, reads_nothing_outside_of_a_damaged_table) {
    uint64_t random = 1;
    uint8_t whole[ROOM];

    MAKE(0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x0f, 3, 0x76, 0x78, 0x06);
    memcpy(whole, file, ROOM);
    for (unsigned i = 0; i < 200000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        file[(random >> 33) % used] ^= (uint8_t)(1u << (random >> 60) % 8);
        if (i % 5 == 4)
            memcpy(file, whole, ROOM);
        // What follows the table is not part of it.
        rp_cfi_read((uintptr_t)file + code + 50, file, file, file + used);
    }
}
