// check_bookkeeping.c - memory for tables: each byte is one caller's.
#include "core/memory/bookkeeping.h"

#include "core/base/atomic.h"
#include "core/memory/memory.h"
#include "core/os/os.h"
#include "tests/models/weak/program.h"

#include <stdint.h>

enum { REGIONS = 2, REGION_BYTES = 128 << 10, LINE = 64 };

// How much of a region is looked at here: its header, and what two have.
enum { USED = 64 + 2 * LINE };

static _Alignas(4096) char regions[REGIONS][REGION_BYTES];
static unsigned *lines[2];

void *rp_memory_map(size_t bytes, size_t alignment) {
    static _Atomic(unsigned) next;
    (void)bytes, (void)alignment;
    weak_ignore(&next);
    // relaxed: the number alone
    uint64_t *words = (uint64_t *)regions[add_relaxed(&next, 1) % REGIONS];
    for (unsigned i = 0; i < USED / sizeof *words; i++)
        words[i] = 0;
    return words;
}
void rp_memory_unmap(void *memory, size_t bytes) {
    (void)memory, (void)bytes;
}
int rp_memory_is_paged(void) {
    return 1;
}
size_t rp_os_page_bytes(void) {
    return 4096;
}

static void begin(void) {
    rp_bookkeeping_finalize();
    lines[0] = lines[1] = NULL;
}

static void take(unsigned i) {
    lines[i] = rp_bookkeeping_alloc(LINE);
    WEAK_EXPECT(lines[i] && *lines[i] == 0);
    *lines[i] = i + 1;
}
static void take_first(void) {
    take(0);
}
static void take_second(void) {
    take(1);
}
static void look_at_regions(void) {
    WEAK_EXPECT(rp_bookkeeping_mapped() <= REGIONS * REGION_BYTES);
}
static void each_has_its_own(void) {
    WEAK_EXPECT(*lines[0] == 1 && *lines[1] == 2);
    WEAK_EXPECT(rp_bookkeeping_mapped() == REGION_BYTES);
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"taking",
         begin,
         {take_first, take_second, look_at_regions},
         each_has_its_own},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
