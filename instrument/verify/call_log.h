// call_log.h - the log of a run: what a program asked of malloc, and where the
// blocks were put.
//
// `rpscope verify` runs a program with the release library and with the
// instrumented one. The same small library stands in front of both and notes
// each call, so that both are observed by the same means. The log is a file of
// chunks: first a struct call_log_head with the list of mappings, then the
// chunks of the threads, in the order in which they were begun. It is read when
// the program has ended, however that came about.
#ifndef RP_INSTRUMENT_VERIFY_CALL_LOG_H
#define RP_INSTRUMENT_VERIFY_CALL_LOG_H

#include <stdint.h>

#define CALL_LOG_VARIABLE "RPSCOPE_WITNESS" // the path of the log; it exists

enum {
    CALL_LOG_MAGIC = 0x31535752, // "RWS1"
    CALL_LOG_CHUNK = 64 << 10,
    CALL_LOG_PATH = 448,
    CALL_LOG_HEAD = 512,
};

enum call_log_kind {
    CALL_LOG_MALLOC,
    CALL_LOG_CALLOC,
    CALL_LOG_REALLOC,    // to where; the event before says from where
    CALL_LOG_REALLOC_OF, // the block that is to be resized
    CALL_LOG_ALIGNED_ALLOC,
    CALL_LOG_MEMALIGN,
    CALL_LOG_POSIX_MEMALIGN,
    CALL_LOG_VALLOC,
    CALL_LOG_PVALLOC,
    CALL_LOG_NEW,
    CALL_LOG_NEW_ARRAY,
    CALL_LOG_FREE,
    CALL_LOG_DELETE,
    CALL_LOG_DELETE_ARRAY,
    CALL_LOG_USABLE_SIZE, // its result is in `size`
    CALL_LOG_STATISTIC,   // number `detail` of call_log_statistic is `size`
    CALL_LOG_KINDS
};

// Taken now and then while there is one thread, and at the end.
enum call_log_statistic {
    CALL_LOG_HELD,
    CALL_LOG_HELD_PEAK,
    CALL_LOG_THREAD_CACHE,
    CALL_LOG_GLOBAL_CACHE,
    CALL_LOG_NEVER_USED,
    CALL_LOG_LARGE,
    CALL_LOG_HUGE,
    CALL_LOG_BOOKKEEPING,
    CALL_LOG_SEGMENTS,
    CALL_LOG_HEAPS,
    CALL_LOG_STATISTICS
};

struct call_log_event {
    uint64_t size;         // asked for, in bytes; 0 of what is freed
    uint64_t caller;       // where the call returns to
    uint32_t span;         // see rpmalloc_place_of
    uint32_t offset : 17;  // in bytes
    uint32_t kind : 5;     // enum call_log_kind
    uint32_t detail : 6;   // alignments: log2; statistics: which
    uint32_t is_alone : 1; // no other thread of the program had called yet
};

struct call_log_head {
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
    char library[CALL_LOG_PATH]; // the one behind, as the loader calls it
    char maps[CALL_LOG_CHUNK - CALL_LOG_HEAD]; // as in /proc/self/maps
};

struct call_log_chunk {
    uint32_t thread; // 1.. in the order of their first calls
    uint32_t image;  // 1..
    _Atomic(uint32_t) count;
    uint32_t unused;
    struct call_log_event
        events[(CALL_LOG_CHUNK - 16) / sizeof(struct call_log_event)];
};

enum {
    CALL_LOG_EVENTS = (CALL_LOG_CHUNK - 16) / sizeof(struct call_log_event)
};

#endif
