// record.h - an event in a ring: one to three slots.
//
//   slot 0   word 0: ticks of rp_clock
//            word 1: a (32 bits) | b (24 bits) | type (8 bits)
//   slot 1   words c[0], c[1]         where the type has them
//   slot 2   words c[2], c[3]         where the type has them
//
// What a, b and c mean, by type (enum trace_event_type):
//   ALLOC CALLOC ALIGNED REALLOC RESIZE
//                     a span, b block, c[0] size,
//                     c[1] stack | log2(alignment) << 32
//   FREE FREE_DEFERRED USABLE_SIZE
//                     a span, b block
//   SPAN_ACQUIRE      a span, b class, c[0] count | heap << 32, c[1] place
//   SPAN_STATE        a span, b state
//   SPAN_RELEASE      a span, b place, c[0] count | heap << 32
//   SPAN_TRANSFER     a span, b from, c[0] count | heap << 32, c[1] to
//   SPAN_DECOMMIT SPAN_COMMIT
//                     a span, c[0] offset, c[1] bytes
//   DEFERRED_PUSH     a span, b count
//   DEFERRED_COLLECT  a span, b count, c[0] heap
//   SEGMENT_MAP       a segment, b spans, c[0] address, c[1] bytes,
//                     c[2] first span
//   SEGMENT_UNMAP     a segment
//   HUGE_MAP          a span, c[0] address, c[1] bytes
//   HUGE_UNMAP        a span
//   BOOKKEEPING_MAP BOOKKEEPING_UNMAP
//                     c[0] address, c[1] bytes
//   HEAP_...          a heap
//   THREAD_START THREAD_NAME
//                     a thread, c[0] text
//   THREAD_END        a thread
//   MODULE_LOAD MODULE_UNLOAD
//                     a module
//   MARK              a text
//   TAG               a text, b how many
//   HEAP_NAME         a heap, c[0] text
//   FREED_BY          a stack
//   FORK              a number, b rings
//   INHERITED         a span, b first block, c[0] bits
//   FINDING           a text, c[0] stack now | stack made << 32, c[1] freed
//   WALK_BEGIN WALK_END
//                     a count
//   WALK_CLASS        b class, c[0] spans, c[1] live, c[2] deferred
#ifndef RP_INSTRUMENT_SHM_RECORD_H
#define RP_INSTRUMENT_SHM_RECORD_H

#include "instrument/format/trace_format.h"
#include "instrument/shm/ring.h"

#include "core/hook.h"
#include "core/os/check.h"

#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "as the trace");

enum { RP_RECORD_MAX_SLOTS = 3 };

// Folds to a constant where the type is one.
static inline unsigned rp_record_slots(unsigned type) {
    switch (type) {
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_WALK_CLASS:
        return 3;
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
    case TRACE_EVENT_SPAN_ACQUIRE:
    case TRACE_EVENT_SPAN_RELEASE:
    case TRACE_EVENT_SPAN_TRANSFER:
    case TRACE_EVENT_DEFERRED_COLLECT:
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_NAME:
    case TRACE_EVENT_HEAP_NAME:
    case TRACE_EVENT_FINDING:
    case TRACE_EVENT_INHERITED:
        return 2;
    default:
        return 1;
    }
}

// Whether by this event a thread may take over, or name, what another thread
// did before. Such an event is stamped by the ordered clock, and its time
// rounded up instead of down, so that it never stands before its cause.
static inline bool rp_record_crosses(unsigned type, uint32_t a) {
    switch (type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_TAG:
    case TRACE_EVENT_FREED_BY:
        return false;
    case TRACE_EVENT_FREE:
        return (a & RP_HUGE_BIT) != 0; // any thread frees a huge block
    default:
        return true;
    }
}

// Word 1 of slot 0.
static inline uint64_t rp_record_word(unsigned type, uint32_t a, uint32_t b) {
    return a | (uint64_t)(b & 0xffffff) << 32 | (uint64_t)type << 56;
}

// Writes the event into slots that there is room for, and publishes it.
// Always inline: type and the unused words fold away.
__attribute__((always_inline)) static inline void rp_record_write(
    struct rp_ring_producer *producer, uint64_t ticks, unsigned type,
    uint32_t a, uint32_t b, const uint64_t c[4]) {
    struct rp_slot *slot = rp_ring_producer_slot(producer, 0);
    unsigned slots = rp_record_slots(type);

    slot->word[0] = ticks;
    slot->word[1] = rp_record_word(type, a, b);
    for (unsigned i = 1; i < slots; i++) {
        slot = rp_ring_producer_slot(producer, i);
        slot->word[0] = c[2 * i - 2];
        slot->word[1] = c[2 * i - 1];
    }
    rp_ring_producer_publish(producer, slots);
}

// The first slot of an event but for its ticks. b: 24 bits.
static inline void rp_record_begin(struct rp_slot *slot, unsigned type,
                                   uint32_t a, uint32_t b) {
    uint32_t upper = b | type << 24;

    // Halves that need not be put together first: it is little-endian.
    memcpy(&slot->word[1], &a, sizeof a);
    memcpy((char *)&slot->word[1] + sizeof a, &upper, sizeof upper);
}

struct rp_record {
    uint64_t ticks;
    unsigned type;
    uint32_t a, b;
    uint64_t c[4];
};

// Reads the first slot of the event that starts at `at`: all but c.
static inline void rp_record_head(const struct rp_slots *slots, uint64_t at,
                                  struct rp_record *record) {
    const struct rp_slot *slot = rp_slot_at(slots, at);

    record->ticks = slot->word[0];
    record->a = (uint32_t)slot->word[1];
    record->type = (unsigned)(slot->word[1] >> 56);
    record->b = (uint32_t)(slot->word[1] >> 32) & 0xffffff;
}

// Reads the other slots of an event of that type; returns how many slots it
// has. Folds where the type is a constant.
static inline unsigned rp_record_rest(const struct rp_slots *slots, uint64_t at,
                                      unsigned type, struct rp_record *record) {
    unsigned count = rp_record_slots(type);

    if (count > 1) {
        const struct rp_slot *slot = rp_slot_at(slots, at + 1);
        record->c[0] = slot->word[0];
        record->c[1] = slot->word[1];
    }
    if (count > 2) {
        const struct rp_slot *slot = rp_slot_at(slots, at + 2);
        record->c[2] = slot->word[0];
        record->c[3] = slot->word[1];
    }
    return count;
}

// Both; returns how many slots the event has.
static inline unsigned rp_record_read(const struct rp_slots *slots, uint64_t at,
                                      struct rp_record *record) {
    rp_record_head(slots, at, record);
    return rp_record_rest(slots, at, record->type, record);
}

// Whether a thread writes events of that type.
static inline bool rp_record_is_known(unsigned type) {
    const uint64_t known = UINT64_C(0x3ffe) | UINT64_C(0x3f) << 16 |
                           UINT64_C(0xff) << 32 | UINT64_C(0xff) << 48 |
                           UINT64_C(0x7) << 56 | UINT64_C(0x7) << 61;

    return type < 64 && (known >> type & 1) != 0;
}

// The same where anything may stand: 0, unless an event is there that ends
// before `head`.
static inline unsigned rp_record_take(const struct rp_slots *slots, uint64_t at,
                                      uint64_t head, struct rp_record *record) {
    unsigned count = rp_record_read(slots, at, record);

    return rp_record_is_known(record->type) && count <= head - at ? count : 0;
}

// The fields of the event in the order of its schema. Where a field is a
// number of the recorder's own tables (stack, text, module), it is given as it
// stands in the record. Returns how many fields.
unsigned rp_record_values(const struct rp_record *record,
                          uint64_t values[TRACE_MAX_FIELDS]);

#endif
