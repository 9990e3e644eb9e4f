// segment.h - segments: regions of up to 64 spans, and who has which span.
//
// A segment is a slot of a table plus the memory it describes. Its memory may
// start anywhere; its spans start at the first multiple of 64 KiB inside. One
// word of bits says which spans nobody has: a run of spans is taken by one CAS
// and given back by one OR. Free spans whose memory has been used are `dirty`:
// together they are the global cache; the others are never used, or were given
// back to the system (`decommitted`).
//
// Invariant: a span's bit is in `free`, or exactly one thread has the span. The
//            bits `dirty` and `decommitted` of a span change only in the hands
//            of the thread that has it.
// Progress:  lock-free: a failed CAS means that another thread took or gave.
//
// Most segments are for all. A heap whose blocks live and die together has
// segments of its own: nothing else keeps them then.
//
// ABA:       a word of bits means the same whenever it has the same value, and
//            a taken bit gives full rights, so a word that left and came back
//            is harmless. A slot that was reused for another segment in between
//            is as good: its fields are read only after the CAS.
#ifndef RP_CORE_SPAN_SEGMENT_H
#define RP_CORE_SPAN_SEGMENT_H

#include "core/hook.h"
#include "core/memory/segment_table.h"
#include "core/span/span.h"

// A run of spans in the hands of the caller.
struct span_run {
    char *memory;
    uint32_t slot;   // of the segment
    uint32_t number; // of the first span
    uint32_t count;
    enum rp_place from;
    int is_zero; // the memory is known to be zero
};

// Where span `index` of a segment starts.
static inline char *segment_span(const struct segment *segment,
                                 unsigned index) {
    return segment_first(segment) + ((size_t)index << SPAN_SHIFT);
}

// Which segments a run is to come from. Used by one thread at a time, but for
// rp_segment_shared.
struct segment_set {
    uint32_t owner;           // 0: those for all
    _Atomic(uint32_t) growth; // doublings so far of the size of a new one
};
extern struct segment_set rp_segment_shared;
// Those for heaps that have grown: of huge units (huge_unit.h). Who takes from
// one of these two has what is dirty of the other before a new segment.
extern struct segment_set rp_segment_grown;
#define GROWN_OWNER UINT32_MAX // more than any heap's

// The segments of a set are for all from now on.
void rp_segment_share(struct segment_set *set);

// Takes `count` spans in a row (1 .. SEGMENT_MAX_RUN), mapping a new segment
// when no old one of the set has them. from: RP_PLACE_GLOBAL_CACHE when any of
// them is dirty. The caller gets the memory; no header is written. 0: out of
// memory.
int rp_segment_take(struct segment_set *set, uint32_t count,
                    struct span_run *result);

// One span, whose memory has not been used, as long as there is any: for who
// will touch only a little of it.
int rp_segment_take_clean(struct segment_set *set, struct span_run *result);

// Gives a run back to the global cache.
void rp_segment_give(uint32_t slot, uint32_t number, uint32_t count);

// Gives the memory of dirty free spans back to the system, and wholly free
// segments to where they came from, until the global cache and the kept memory
// of huge blocks have at most `keep` bytes. heap: whose thread does it, for the
// observer. What a huge unit has free stays when that is too little to take it
// to pieces, unless `keep` is 0.
void rp_segment_purge(size_t keep, uint32_t heap);
// Written before any other thread uses the allocator.
struct segment_settings {
    uint32_t most_spans; // of a segment
};
extern struct segment_settings rp_segment_settings;
#define SEGMENT_DEFAULTS                                                       \
    { 64 }

// Unmaps every segment and huge block. No other thread may be in the
// allocator.
void rp_segment_finalize(void);

// Bytes that are kept and in which no block lives, of huge blocks as well.
size_t rp_segment_surplus(void);

// Statistics.
size_t rp_segment_dirty_bytes(void);
size_t rp_segment_free_bytes(void); // never used, or decommitted
size_t rp_segment_count(void);
size_t rp_segment_taken(void);  // spans
size_t rp_segment_in_use(void); // the same and those that huge blocks make up

#endif
