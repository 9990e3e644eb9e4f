// meta.h - a block of TRACE_META: entries of a key and a value.
#ifndef RP_INSTRUMENT_WRITE_META_H
#define RP_INSTRUMENT_WRITE_META_H

#include <stddef.h>
#include <stdint.h>

// A payload as it grows.
struct rp_meta {
    uint8_t *start, *at, *end;
};

static inline struct rp_meta rp_meta_start(uint8_t *memory, size_t bytes) {
    return (struct rp_meta){memory, memory, memory + bytes};
}

// Adds an entry, where there is room for it.
void rp_meta_add(struct rp_meta *meta, const char *key, const char *value,
                 size_t bytes);
void rp_meta_add_text(struct rp_meta *meta, const char *key, const char *text);
void rp_meta_add_number(struct rp_meta *meta, const char *key, uint64_t number);

#endif
