// change.h - what an event does to the heap, so that it can be undone.
//
// An event becomes changes, none or many: a block is born, a span moves. Each
// says all that it takes to do it, to undo it, and to count it: who watches the
// heap (metric/) sees the changes and needs to look at nothing else.
#ifndef RPSCOPE_HEAP_CHANGE_H
#define RPSCOPE_HEAP_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/heap/moment.h"
#include "viewer/heap/spans.h"

enum change_kind {
    CHANGE_EVENTS, // some events of one ring come
    CHANGE_BORN,   // a block lives
    CHANGE_DIED,
    CHANGE_COLLECTED, // deferred blocks are taken back
    CHANGE_SPAN,      // it is used for something else
    CHANGE_PAGES,     // of a span were given back, or taken again
    CHANGE_SEGMENT_MAPPED,
    CHANGE_SEGMENT_UNMAPPED, // its spans are all in SPAN_IN_SEGMENT
    CHANGE_HUGE_MAPPED,
    CHANGE_HUGE_UNMAPPED, // it holds no live block
    CHANGE_BOOKKEEPING,
    CHANGE_STATE_BEGINS, // is told anew, from nothing on: heap.before was
    CHANGE_STATE_ENDS,   // what is left in heap.before was freed unseen
    CHANGE_CONTRADICTION,
    CHANGE_NOTE, // an event that says something, but moves nothing
};

// A set of kinds.
#define CHANGE_SET(kind) (UINT32_C(1) << (kind))

enum change_flags {
    // An allocation or a free of the program, to be counted as one. Else the
    // block was there already, or goes with its span.
    CHANGE_COUNTS = 1,
    CHANGE_TAKES_BACK = 2, // died: it was born for its place alone
    CHANGE_DEFERRED = 4,   // died: freed by another thread than its owner
    CHANGE_MOVED = 8,      // born: by realloc
    // The only block of its span, live or deferred: before it was born, or
    // after it died or was collected, the span is empty.
    CHANGE_ONLY = 16,
    CHANGE_CONTINUES = 32, // born: told again, and was in heap.before
    // All blocks of the span are deferred now, and some of it was given back.
    CHANGE_ALL_DEFERRED = 64,
};

// Contradictions of the trace with itself.
enum contradiction {
    CONTRADICTION_DOUBLE_FREE,
    CONTRADICTION_FREE_UNKNOWN,
    CONTRADICTION_ALLOC_OF_LIVE,
    CONTRADICTION_ALLOC_UNKNOWN, // in a span that serves no blocks
    CONTRADICTION_SPAN,          // span or segment is not where it should be
    CONTRADICTION_COUNT,         // sizes or counts that cannot be
    CONTRADICTIONS
};

// What a span is used for.
struct span_use {
    uint32_t heap, run;
    uint8_t place, class_index, state;
};

struct heap_change {
    uint64_t time;  // steps since the start
    uint64_t event; // how many events had come, this one included
    uint32_t ring;  // of that event
    uint32_t span;  // or segment
    uint32_t block;
    uint8_t kind;  // enum change_kind
    uint8_t flags; // enum change_flags
    uint8_t class_index;
    uint8_t part; // PAGES: enum part. NOTE: the type of the event

    // The span before, for what happens in one. A run's are those of all its
    // spans, but for SPAN and PAGES.
    uint64_t spare;    // bytes less those given back
    uint32_t overhead; // bytes of header and tail
    uint32_t live, deferred;
    uint32_t block_bytes; // 0: large or huge

    union {
        struct { // BORN, DIED
            uint64_t birth, wanted;
            uint64_t taken; // with rounding
            uint32_t stack;
            uint32_t last_stack; // of the block that was there before
        };
        struct { // COLLECTED
            uint32_t count, from_heap, to_heap;
            uint64_t left; // given back while all its blocks were deferred
        };
        struct { // SPAN
            struct span_use from, to;
            struct slot *kept; // slots of its last use
            uint32_t kept_capacity, kept_touched;
        };
        struct {           // memory from the system
            int64_t bytes; // PAGES: given back. UNMAPPED, PAGES: may be < 0
            uint64_t gone; // UNMAPPED: of the bytes, given back already
            uint64_t address, span_address;
            struct span *spans; // UNMAPPED: kept
        };
        struct { // STATE_ENDS
            struct heap_before *ended;
            uint64_t missing; // events that should have told of it
        };
        struct { // EVENTS, patched at the end of the run
            uint64_t events, last_time;
        };
        struct {         // CONTRADICTION
            uint64_t at; // steps since the start
            uint32_t of; // stack, or SLOT_NEVER
            uint32_t contradiction;
        };
        uint64_t value[4]; // NOTE
    };
};

// Changes in their order. When it is full, and when those who watch have to
// look at the heap as it is, it is handed to `flush`, which empties it or makes
// room. With `keep`, what a change throws away is kept in it for an undo.
struct change_log {
    struct heap_change *list;
    size_t count, capacity;
    uint32_t kinds; // that are in the list
    size_t open;    // place of the EVENTS change in the making + 1; 0: none
    bool keep;
    void (*flush)(struct change_log *log, void *context);
    void *context;
};

#endif
