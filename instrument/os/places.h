// places.h - what the addresses of this process are: files, stacks, others'.
#ifndef RP_INSTRUMENT_OS_PLACES_H
#define RP_INSTRUMENT_OS_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The system's list of mappings, as it was read.
struct rp_places {
    char *text;
    size_t bytes, room;
};

struct rp_mapped {
    uint64_t start, end;
    bool is_readable, is_writable, is_private;
    const char *name; // path, "[stack]", or ""; not ended by NUL
    size_t name_bytes;
};

// Reads the list. false: it cannot be read; then it is empty.
bool rp_places_read(struct rp_places *places);
void rp_places_drop(struct rp_places *places);

// Each mapping, by *at, which begins with 0. false: there are no more.
bool rp_places_next(const struct rp_places *places, size_t *at,
                    struct rp_mapped *place);
// The mapping of an address.
bool rp_places_find(const struct rp_places *places, uint64_t address,
                    struct rp_mapped *place);
// Of an address in the code or the data of a file: its address in that file's
// own terms.
bool rp_places_in_file(const struct rp_places *places, uint64_t address,
                       struct rp_mapped *place, uint64_t *own);

#endif
