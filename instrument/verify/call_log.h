// call_log.h - the log of a witness: what a program asked of malloc, and where
// the blocks were put.
//
// `rpscope verify` runs a program with the release library and with the
// instrumented one. The same small library, the witness, stands in front of
// both and notes each call, so that both are observed by the same means. The
// log is a file of chunks: first a struct witness_head with the list of
// mappings, then the chunks of the threads, in the order in which they were
// begun. It is read when the program has ended, however that came about.
#ifndef RP_INSTRUMENT_VERIFY_CALL_LOG_H
#define RP_INSTRUMENT_VERIFY_CALL_LOG_H

#include <stdint.h>

#define WITNESS_VARIABLE "RPSCOPE_WITNESS" // the path of the log; it exists

enum {
    WITNESS_MAGIC = 0x31535752, // "RWS1"
    WITNESS_CHUNK = 64 << 10,
    WITNESS_PATH = 448,
    WITNESS_HEAD = 512,
};

enum witness_kind {
    WITNESS_MALLOC,
    WITNESS_CALLOC,
    WITNESS_REALLOC,    // to where; the event before says from where
    WITNESS_REALLOC_OF, // the block that is to be resized
    WITNESS_ALIGNED_ALLOC,
    WITNESS_MEMALIGN,
    WITNESS_POSIX_MEMALIGN,
    WITNESS_VALLOC,
    WITNESS_PVALLOC,
    WITNESS_NEW,
    WITNESS_NEW_ARRAY,
    WITNESS_FREE,
    WITNESS_DELETE,
    WITNESS_DELETE_ARRAY,
    WITNESS_USABLE_SIZE, // its result is in `size`
    WITNESS_STATISTIC,   // number `detail` of witness_statistics is `size`
    WITNESS_KINDS
};

// Taken now and then while there is one thread, and at the end.
enum witness_statistic {
    WITNESS_HELD,
    WITNESS_HELD_PEAK,
    WITNESS_THREAD_CACHE,
    WITNESS_GLOBAL_CACHE,
    WITNESS_NEVER_USED,
    WITNESS_LARGE,
    WITNESS_HUGE,
    WITNESS_BOOKKEEPING,
    WITNESS_SEGMENTS,
    WITNESS_HEAPS,
    WITNESS_STATISTICS
};

struct witness_event {
    uint64_t size;         // asked for, in bytes; 0 of what is freed
    uint64_t caller;       // where the call returns to
    uint32_t span;         // see rpmalloc_place_of
    uint32_t offset : 17;  // in bytes
    uint32_t kind : 5;     // enum witness_kind
    uint32_t detail : 6;   // alignments: log2; statistics: which
    uint32_t is_alone : 1; // no other thread of the program had called yet
};

struct witness_head {
    uint32_t magic;
    _Atomic(uint32_t) owner;   // the process that logs; others do not
    _Atomic(uint32_t) chunks;  // begun, without the head
    _Atomic(uint32_t) threads; // begun
    uint32_t images;           // programs that this process has been
    uint32_t is_cut;           // there was no room, or no permission
    uint32_t is_ended;         // by exit or a return from main
    uint32_t map_bytes;        // of `maps`
    uint32_t has_places;       // the library tells where blocks are
    uint32_t unused[7];
    char library[WITNESS_PATH]; // the one behind, as the loader calls it
    char maps[WITNESS_CHUNK - WITNESS_HEAD]; // as in /proc/self/maps
};

struct witness_chunk {
    uint32_t thread; // 1.. in the order of their first calls
    uint32_t image;  // 1..
    _Atomic(uint32_t) count;
    uint32_t unused;
    struct witness_event
        events[(WITNESS_CHUNK - 16) / sizeof(struct witness_event)];
};

enum { WITNESS_EVENTS = (WITNESS_CHUNK - 16) / sizeof(struct witness_event) };

#endif
