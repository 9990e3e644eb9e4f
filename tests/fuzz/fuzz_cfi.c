// fuzz_cfi.c - unwind tables that no compiler made.
//
// The input: 4 bytes, how far behind the table's header the code is; then the
// table, of which nothing beyond is the reader's.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/stack/cfi.h"
#include "tests/fuzz/ring_file.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_BYTES = 20000 };

// Where this program's own table begins, from the linker.
extern const uint8_t __GNU_EH_FRAME_HDR[];

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static uint8_t seed[4 + SEED_BYTES];
    int32_t functions = 0;

    memcpy(&functions, __GNU_EH_FRAME_HDR + 8, sizeof functions);
    // A few functions of the front, whose entries lie in the front, too: of a
    // larger table the seed would hold the search only.
    for (int32_t i = 0; i < 8 && i < functions; i++) {
        char name[16] = "function-0";
        name[9] = (char)('0' + i);
        memcpy(seed, __GNU_EH_FRAME_HDR + 12 + 8 * i, 4);
        memcpy(seed + 4, __GNU_EH_FRAME_HDR, SEED_BYTES);
        ring_file_seed(*count, *arguments, name, seed, sizeof seed);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int32_t distance;

    if (size < sizeof distance)
        return 0;
    memcpy(&distance, data, sizeof distance);
    size -= sizeof distance;
    uint8_t *table = malloc(size + (size == 0)); // exactly: none beyond
    memcpy(table, data + sizeof distance, size);
    struct rp_rule rule = rp_cfi_read((uintptr_t)table + (uint64_t)distance,
                                      table, table, table + size);
    if (rule.kind == RP_RULE_NONE || rule.kind == RP_RULE_NOWHERE ||
        rule.kind > RP_RULE_HARD || rule.cfa % 8 != 0 || rule.bp % 8 != 0 ||
        rule.bp > RP_RULE_BP_MOST || rule.cfa >= RP_RULE_CFA_MOST ||
        rule.cfa <= -RP_RULE_CFA_MOST)
        if (rule.kind != RP_RULE_HARD)
            abort();
    free(table);
    return 0;
}
