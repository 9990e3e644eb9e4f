// regions.h - where the program's segments and huge blocks lie.
//
// By what the totals know, in the order of time: so what is in here was mapped
// and has not been unmapped by the last event that is settled. Only the
// drainer, and only when residency is sampled.
#ifndef RP_INSTRUMENT_WRITE_REGIONS_H
#define RP_INSTRUMENT_WRITE_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

struct rp_region {
    uint64_t address, bytes; // 0 bytes: it is not mapped
};

struct rp_regions {
    // By number: of segments, and of huge blocks without RP_HUGE_BIT.
    struct rp_region **pages[2];
};

// false: no memory. Where it is missing later, regions are left out.
bool rp_regions_start(struct rp_regions *regions);
void rp_regions_free(struct rp_regions *regions);

// An event of memory, with its words as in record.h.
void rp_regions_apply(struct rp_regions *regions, unsigned type, uint32_t a,
                      const uint64_t c[2]);

void rp_regions_each(const struct rp_regions *regions,
                     void (*visit)(void *context,
                                   const struct rp_region *region),
                     void *context);

#endif
