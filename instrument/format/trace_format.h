// trace_format.h - the trace file, byte for byte, as C.
//
// With trace_predictor.h all that the recorder and the viewer share;
// TRACE-FORMAT.md says the same in words and explains what a reader may
// conclude. A trace is a file
// header, then blocks until the end of the file. Each block stands alone: it
// has its own checksums, its predictions start afresh, and what it refers to
// (stacks, texts, modules) was defined in an earlier block. All integers are
// little-endian. A cut or damaged file loses the damaged blocks only.
//
// The lists below (columns, events) are the single source of the schema: the
// encoder, the decoder and the tables of TRACE-FORMAT.md follow from them.
#ifndef RP_INSTRUMENT_FORMAT_TRACE_FORMAT_H
#define RP_INSTRUMENT_FORMAT_TRACE_FORMAT_H

#include <stdint.h>

#define TRACE_MAGIC "RPTRACE" // and its NUL: 8 bytes
#define TRACE_VERSION 5u
// The oldest that a reader of this version understands: what came since are
// kinds of blocks, events and facts that older traces do not have.
#define TRACE_OLDEST_VERSION 2u
#define TRACE_BLOCK_MAGIC 0x4b425052u // "RPBK"

struct trace_file_header {
    char magic[8];
    uint32_t version;
    uint32_t header_bytes;  // of this structure
    uint64_t start_unix_ns; // wall clock at the start of the recording
    uint64_t trace_id;      // random, not 0
    uint64_t parent_id;     // trace_id of the process that forked us, or 0
    uint32_t process_id;
    uint32_t crc; // CRC-32C of the bytes before this field
};

enum trace_block_kind {
    TRACE_META = 1,    // entries: struct trace_meta_entry, repeated
    TRACE_EVENTS = 2,  // events of one ring, column by column
    TRACE_STACKS = 3,  // nodes of the tree of stacks
    TRACE_TEXTS = 4,   // texts that events name by number
    TRACE_MODULES = 5, // loaded files, for symbols
    TRACE_CLASSES = 6, // the table of size classes
    TRACE_CLOCK = 7,   // struct trace_clock_sample, repeated
    TRACE_TRAILER = 8, // totals; there only when the recording ended well
    TRACE_NAMES = 9,   // functions and lines of the addresses in stacks
};

enum trace_codec { TRACE_RAW = 0, TRACE_ZSTD = 1 };

// Before each payload. Times are steps of the trace's clock (TRACE_CLOCK).
struct trace_block_header {
    uint32_t magic;
    uint32_t kind;           // enum trace_block_kind
    uint32_t codec;          // enum trace_codec
    uint32_t stored_bytes;   // of the payload, as it stands in the file
    uint32_t raw_bytes;      // of the payload, decompressed
    uint32_t event_count;    // 0 but for TRACE_EVENTS
    uint32_t ring;           // TRACE_EVENTS: which ring, else 0
    uint32_t payload_crc;    // CRC-32C of the stored payload
    uint64_t first_sequence; // TRACE_EVENTS: number of the first event in ring
    uint64_t first_time;
    uint64_t last_time;
    uint32_t reserved;   // 0
    uint32_t header_crc; // CRC-32C of the bytes before this field
};

enum {
    TRACE_MAX_BLOCK_BYTES = 16 << 20, // of a raw payload; a reader may refuse
    TRACE_MAX_BLOCK_EVENTS = 1 << 20,
};
#define TRACE_MAX_TIME (UINT64_C(1) << 59) // in steps

// ---- TRACE_META: about the program and the recording ----
// Each entry is this header, then the key, then the value, no NUL, no padding.
// Keys: program, arguments (NUL between them), working_directory,
// command (the last part of program), variant, library_version, system,
// page_bytes, span_bytes, span_header_bytes, spans_per_segment, stack_frames
// (0 none), thread_of_drainer, options, rings (the file of the buffers),
// stack_sample_bytes (0 each), free_stack_every (0 none), and at the end
// stack_checks, stack_differences, stacks_by_libunwind, stacks_lost,
// spilled_bytes (what went through the disk because the recorder was behind),
// exit ("code N" or "signal N", where it is known). Numbers are decimal text.
// Later entries of a key replace earlier ones; unknown keys are skipped.
struct trace_meta_entry {
    uint16_t key_bytes;
    uint16_t reserved;
    uint32_t value_bytes;
};

// ---- TRACE_STACKS: a tree; a stack is its leaf node ----
// Payload: varint first node number, then per node, numbered upwards:
// varint (node - parent), varint zigzag(address - address of the parent).
// Node 0 is the root and has address 0: "no stack". Addresses are return
// addresses: the call is the instruction before. A node for the instruction
// pointer itself (signal frame) is not told apart.

// ---- TRACE_TEXTS ----
// Payload: per text varint number, varint bytes, the bytes (no NUL).

// ---- TRACE_MODULES ----
// Payload: per module varint number, varint start address, varint end address,
// varint load bias (address in memory minus address in the file), varint bytes
// and bytes of the build id, varint bytes and bytes of the path.
// A module is loaded from its MODULE_LOAD event to its MODULE_UNLOAD event.

// ---- TRACE_NAMES ----
// Written by rpscope behind the TRAILER, for addresses of stacks; what a later
// block says of one counts. Payload: varint number of texts, and per text
// varint bytes and the bytes (no NUL); texts have the numbers 1, 2, ... in
// their block, 0 is none. Then for each list of TRACE_NAMES_LIST, in
// that order: uint32_t bytes of the list, then varints.
#define TRACE_NAMES_LIST(ENTRY)                                                \
    ENTRY(CALL, "return address, ascending")                                   \
    ENTRY(START, "2 + bytes since the start of the function")                  \
    ENTRY(FRAMES, "functions, at least 1")                                     \
    ENTRY(FUNCTION, "text")                                                    \
    ENTRY(FILE, "text")                                                        \
    ENTRY(LINE, "line")
// The first three have one for each address: CALL the difference to the one
// before (at first 0), START 0 where it is not known, and 1 where the function
// begins where that of the address before does. The others have one for
// each function, zigzag of the difference to the one before in the list.
// Functions of an address stand from the innermost out: each but the last was
// inlined into the one that follows. FILE and LINE say where it was when it
// made the call; text and line 0: not known.

enum trace_names_list {
#define TRACE_NAMES_ENUM(name, text) TRACE_NAMES_##name,
    TRACE_NAMES_LIST(TRACE_NAMES_ENUM)
#undef TRACE_NAMES_ENUM
        TRACE_NAMES_LISTS
};
enum { TRACE_NAMES_MOST_FRAMES = 256 }; // of an address; a reader may refuse

// ---- TRACE_CLASSES ----
// Payload: per class, from class 0 upwards.
struct trace_class {
    uint32_t block_bytes;
    uint32_t blocks_per_span;
};
// Class numbers that are not in that table.
enum { TRACE_CLASS_HUGE = 254, TRACE_CLASS_LARGE = 255 };

// ---- TRACE_CLOCK ----
// Time in steps -> ns: linear between samples, and by the nearest two beyond.
struct trace_clock_sample {
    uint64_t steps;
    uint64_t monotonic_ns; // since the start of the recording
};

// ---- TRACE_TRAILER ----
struct trace_trailer {
    uint64_t events;
    uint64_t lost_events;
    uint64_t duration_ns;
    uint64_t held_bytes; // at the end
    uint64_t peak_held_bytes;
    uint64_t peak_held_time;    // steps
    uint64_t in_use_bytes;      // blocks in use at the end, in bytes of blocks
    uint64_t peak_in_use_bytes; // counted ring after ring, not by time
    uint32_t exit_kind;         // enum trace_exit_kind
    uint32_t point_count;       // struct trace_point that follow
};
enum trace_exit_kind {
    TRACE_EXIT_NORMAL = 1,  // destructors ran
    TRACE_EXIT_STOPPED = 2, // recording was stopped before the program's end
    TRACE_EXIT_EXEC = 3,    // the process became another program
    TRACE_EXIT_QUICK = 4,   // ended without destructors: _exit, quick_exit
    TRACE_EXIT_SIGNAL = 5,  // ended by a signal
    TRACE_EXIT_DIED = 6     // ended, and nobody saw how
};
// A coarse timeline, at most 1,024 points, in order of time.
enum { TRACE_MAX_POINTS = 1024 };
struct trace_point {
    uint64_t time; // steps
    uint64_t held_bytes;
    uint64_t in_use_bytes;
    uint64_t events; // so far
};

// ---- TRACE_EVENTS ----
// Payload: for each column of TRACE_COLUMN_LIST, in that order: uint32_t bytes
// of the column, then these bytes. Column TYPE has one byte an event, in the
// order of the events, and says which of the others hold something for it; see
// "forms of an event" below. What they hold are varints; a value of another
// column than TIME, PACE is
//     zigzag( value - prediction )   in 64-bit wrapping arithmetic.
#define TRACE_COLUMN_LIST(COLUMN)                                              \
    COLUMN(TYPE, "event type")                                                 \
    COLUMN(TIME, "steps")                                                      \
    COLUMN(PACE, "sixteenths of a step")                                       \
    COLUMN(STACK, "stack node")                                                \
    COLUMN(SIZE, "bytes asked for")                                            \
    COLUMN(ALLOC_SPAN, "span number")                                          \
    COLUMN(ALLOC_BLOCK, "block index")                                         \
    COLUMN(FREE_SPAN, "span number")                                           \
    COLUMN(FREE_BLOCK, "block index")                                          \
    COLUMN(DISTANCE, "allocations")                                            \
    COLUMN(SPAN, "span number")                                                \
    COLUMN(COUNT, "count")                                                     \
    COLUMN(HEAP, "heap number")                                                \
    COLUMN(CLASS, "size class")                                                \
    COLUMN(PLACE, "enum trace_place")                                          \
    COLUMN(STATE, "enum trace_span_state")                                     \
    COLUMN(SEGMENT, "segment number")                                          \
    COLUMN(ADDRESS, "address")                                                 \
    COLUMN(BYTES, "bytes")                                                     \
    COLUMN(OFFSET, "bytes from the start of the span")                         \
    COLUMN(TEXT, "text number")                                                \
    COLUMN(MODULE, "module number")                                            \
    COLUMN(THREAD, "thread id of the system")

enum trace_column {
#define TRACE_COLUMN_ENUM(name, text) TRACE_COLUMN_##name,
    TRACE_COLUMN_LIST(TRACE_COLUMN_ENUM)
#undef TRACE_COLUMN_ENUM
        TRACE_COLUMNS
};

enum trace_place {
    TRACE_PLACE_SEGMENT,
    TRACE_PLACE_GLOBAL_CACHE,
    TRACE_PLACE_THREAD_CACHE,
    TRACE_PLACE_ORPHAN,
};

enum trace_span_state {
    TRACE_SPAN_ACTIVE,
    TRACE_SPAN_PARTIAL,
    TRACE_SPAN_FULL,
};

// Of pages that are not in memory (PAGES).
enum trace_page_state {
    TRACE_PAGE_NONE, // it was never touched, or given back
    TRACE_PAGE_SWAPPED,
};

// EVENT(name, code, text, fields...): codes never change their meaning; a
// reader refuses a code it does not know. Fields are columns, in the order of
// encoding. SPAN fields of a run name its first span.
#define TRACE_EVENT_LIST(EVENT)                                                \
    EVENT(ALLOC, 1, "malloc", STACK, SIZE, ALLOC_SPAN, ALLOC_BLOCK)            \
    EVENT(CALLOC, 2, "calloc", STACK, SIZE, ALLOC_SPAN, ALLOC_BLOCK)           \
    EVENT(ALIGNED, 3, "aligned alloc", STACK, SIZE, ALLOC_SPAN, ALLOC_BLOCK,   \
          BYTES)                                                               \
    EVENT(REALLOC, 4, "realloc that moved", STACK, SIZE, ALLOC_SPAN,           \
          ALLOC_BLOCK)                                                         \
    EVENT(FREE, 5, "free", FREE_SPAN, FREE_BLOCK)                              \
    EVENT(FREE_DEFERRED, 6, "free by another thread", FREE_SPAN, FREE_BLOCK)   \
    EVENT(RESIZE, 7, "realloc in place", STACK, SIZE, FREE_SPAN, FREE_BLOCK)   \
    EVENT(USABLE_SIZE, 8, "usable size asked", FREE_SPAN, FREE_BLOCK)          \
    EVENT(TAG, 9, "tag", TEXT, COUNT)                                          \
    EVENT(FREED_BY, 10, "stack of a free", STACK)                              \
    EVENT(FINDING, 11, "heap bug", TEXT, STACK, STACK, STACK)                  \
    EVENT(INHERITED, 12, "blocks from before a fork", SPAN, COUNT, BYTES)      \
    EVENT(FORK, 13, "fork", COUNT, COUNT)                                      \
    EVENT(SPAN_ACQUIRE, 16, "span acquired", SPAN, COUNT, HEAP, CLASS, PLACE)  \
    EVENT(SPAN_STATE, 17, "span state", SPAN, STATE)                           \
    EVENT(SPAN_RELEASE, 18, "span released", SPAN, COUNT, HEAP, PLACE)         \
    EVENT(SPAN_TRANSFER, 19, "span moved", SPAN, COUNT, HEAP, PLACE, PLACE)    \
    EVENT(DEFERRED_PUSH, 20, "deferred frees pushed", SPAN, COUNT)             \
    EVENT(DEFERRED_COLLECT, 21, "deferred frees collected", SPAN, HEAP, COUNT) \
    EVENT(SEGMENT_MAP, 32, "segment mapped", SEGMENT, ADDRESS, BYTES, ADDRESS, \
          COUNT)                                                               \
    EVENT(SEGMENT_UNMAP, 33, "segment unmapped", SEGMENT)                      \
    EVENT(SPAN_DECOMMIT, 34, "pages given back", SPAN, OFFSET, BYTES)          \
    EVENT(SPAN_COMMIT, 35, "pages taken again", SPAN, OFFSET, BYTES)           \
    EVENT(HUGE_MAP, 36, "huge block mapped", SPAN, ADDRESS, BYTES)             \
    EVENT(HUGE_UNMAP, 37, "huge block unmapped", SPAN)                         \
    EVENT(BOOKKEEPING_MAP, 38, "bookkeeping mapped", ADDRESS, BYTES)           \
    EVENT(BOOKKEEPING_UNMAP, 39, "bookkeeping unmapped", ADDRESS, BYTES)       \
    EVENT(HEAP_CREATE, 48, "heap created", HEAP)                               \
    EVENT(HEAP_ADOPT, 49, "heap adopted", HEAP)                                \
    EVENT(HEAP_RESET, 50, "heap reset", HEAP)                                  \
    EVENT(HEAP_ORPHAN, 51, "heap orphaned", HEAP)                              \
    EVENT(THREAD_START, 52, "thread started", THREAD, TEXT)                    \
    EVENT(THREAD_END, 53, "thread ended", THREAD)                              \
    EVENT(THREAD_NAME, 54, "thread named", THREAD, TEXT)                       \
    EVENT(HEAP_NAME, 55, "heap named", HEAP, TEXT)                             \
    EVENT(MODULE_LOAD, 56, "module loaded", MODULE)                            \
    EVENT(MODULE_UNLOAD, 57, "module unloaded", MODULE)                        \
    EVENT(MARK, 58, "mark", TEXT)                                              \
    EVENT(LOST, 59, "events lost", COUNT)                                      \
    EVENT(RESIDENCY, 60, "residency sample", ADDRESS, BYTES, BYTES)            \
    EVENT(WALK_BEGIN, 61, "the allocator counts itself", COUNT)                \
    EVENT(WALK_CLASS, 62, "count of a class", CLASS, COUNT, COUNT, COUNT)      \
    EVENT(WALK_END, 63, "end of the count", COUNT)                             \
    EVENT(SNAPSHOT, 64, "snapshot", COUNT, COUNT, BYTES)                       \
    EVENT(SNAPSHOT_CLASS, 65, "a class in the snapshot", CLASS, COUNT, COUNT)  \
    EVENT(SNAPSHOT_END, 66, "end of the snapshot", COUNT)                      \
    EVENT(PAUSE, 67, "recording paused", BYTES)                                \
    EVENT(PAGES, 68, "pages not in memory", ADDRESS, BYTES, STATE)

enum trace_event_type {
#define TRACE_EVENT_ENUM(name, code, text, ...) TRACE_EVENT_##name = code,
    TRACE_EVENT_LIST(TRACE_EVENT_ENUM)
#undef TRACE_EVENT_ENUM
        TRACE_EVENT_TYPES // one more than the highest code
};

enum { TRACE_MAX_FIELDS = 6 };

struct trace_event_info {
    const char *text;                  // NULL: no such event
    uint8_t columns[TRACE_MAX_FIELDS]; // enum trace_column, 0 ends the list
};

// The schema as a table, indexed by code.
static inline const struct trace_event_info *trace_event_info(unsigned code) {
    enum {
#define TRACE_COLUMN_SHORT(name, text) name = TRACE_COLUMN_##name,
        TRACE_COLUMN_LIST(TRACE_COLUMN_SHORT)
#undef TRACE_COLUMN_SHORT
    };
    static const struct trace_event_info table[TRACE_EVENT_TYPES] = {
#define TRACE_EVENT_ROW(name, code, text, ...) [code] = {text, {__VA_ARGS__}},
        TRACE_EVENT_LIST(TRACE_EVENT_ROW)
#undef TRACE_EVENT_ROW
    };
    return &table[code < TRACE_EVENT_TYPES ? code : 0];
}

// ---- forms of an event ----
// Plain: TYPE is the code, TIME holds the steps since the event before (the
// first: since first_time), and each field stands in its column, predicted by
// the last plain value of that column.
// Short, for events of a block, codes 1 to 8: TYPE is TRACE_SHORT, with the
// code less 1 in bits 4 to 6. Bits 0 to 3 say what is as expected and stands in
// no column; the rest stands there, predicted by what trace_predictor.h says,
// which starts afresh in each block.
enum { TRACE_SHORT = 0x80, TRACE_SHORT_CODES = 8 };

static inline unsigned trace_short_type(unsigned code, unsigned bits) {
    return TRACE_SHORT | (code - 1) << 4 | bits;
}

enum trace_short_bit {
    TRACE_EXPECTED_TIME = 8,
    TRACE_EXPECTED_STACK = 4, // these two: codes with a stack
    TRACE_EXPECTED_SIZE = 2,
    TRACE_EXPECTED_PLACE = 1, // allocations: span and block. RESIZE: as AGAIN
};

// Codes 5, 6 and 8: how bits 0 to 2 name a block.
enum trace_way {
    TRACE_WAY_TOLD,     // by FREE_SPAN and FREE_BLOCK
    TRACE_WAY_AGAIN,    // the block of the last short event
    TRACE_WAY_NEWEST,   // the newest life
    TRACE_WAY_NEXT,     // the life after that of the last free
    TRACE_WAY_PREVIOUS, // the life before it
    TRACE_WAY_USUAL,    // at the distance that followed the last two distances
    TRACE_WAY_DISTANCE, // at the distance in DISTANCE
};

static inline uint64_t trace_zigzag(uint64_t difference) {
    return difference << 1 ^ (0 - (difference >> 63));
}
static inline uint64_t trace_unzigzag(uint64_t code) {
    return code >> 1 ^ (0 - (code & 1));
}
// A varint: 7 bits a byte, low bits first, bit 7 set while more follow; at
// most 10 bytes.
enum { TRACE_MAX_VARINT = 10 };

_Static_assert(sizeof(struct trace_file_header) == 48, "file layout");
_Static_assert(sizeof(struct trace_block_header) == 64, "file layout");
_Static_assert(sizeof(struct trace_trailer) == 72, "file layout");

#endif
