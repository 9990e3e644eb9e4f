// regions.h - where the program's segments and huge blocks lie.
//
// By what the tally knows, in the order of time: so what is in here was mapped
// and has not been unmapped by the last event that is settled. Only the
// drainer, and only when residency is sampled.
#ifndef RP_INSTRUMENT_WRITE_REGIONS_H
#define RP_INSTRUMENT_WRITE_REGIONS_H

#include <stdbool.h>
#include <stdint.h>

struct rp_mapping_place {
    uint64_t address, bytes; // 0 bytes: it is not mapped
};

struct rp_mappings {
    // By number: of segments, and of huge blocks without RP_HUGE_BIT.
    struct rp_mapping_place **pages[2];
};

// false: no memory. Where it is missing later, mappings are left out.
bool rp_mappings_start(struct rp_mappings *mappings);
void rp_mappings_free(struct rp_mappings *mappings);

// An event of memory, with its words as in record.h.
void rp_mappings_apply(struct rp_mappings *mappings, unsigned type, uint32_t a,
                       const uint64_t c[2]);

void rp_mappings_each(const struct rp_mappings *mappings,
                      void (*visit)(void *context,
                                    const struct rp_mapping_place *place),
                      void *context);

#endif
