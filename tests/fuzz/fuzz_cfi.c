// fuzz_cfi.c - unwind tables that no compiler made.
//
// The input: 4 bytes, how far behind the table's header the code is; then the
// table, of which nothing beyond is the reader's.
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/stack/cfi.h"
#include "tests/fuzz/ring_file.h"
#include "tests/fuzz/seed.h"

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_BYTES = 20000 };

// Where this program's own table begins.
static int find_table(struct dl_phdr_info *file, size_t size, void *context) {
    const uint8_t **table = context;

    (void)size;
    for (unsigned i = 0; i < file->dlpi_phnum; i++)
        if (file->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
            *table =
                (const uint8_t *)file->dlpi_addr + file->dlpi_phdr[i].p_vaddr;
    return 1; // the program is the first
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    static uint8_t seed[4 + SEED_BYTES];
    const uint8_t *table = NULL;
    int32_t functions = 0;

    dl_iterate_phdr(find_table, &table);
    if (table == NULL)
        abort();
    memcpy(&functions, table + 8, sizeof functions);
    // A few functions of the front, whose entries lie in the front, too: of a
    // larger table the seed would hold the search only.
    for (int32_t i = 0; i < 8 && i < functions; i++) {
        char name[16] = "function-0";
        name[9] = (char)('0' + i);
        memcpy(seed, table + 12 + 8 * i, 4);
        memcpy(seed + 4, table, SEED_BYTES);
        seed_put(*count, *arguments, name, seed, sizeof seed);
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
