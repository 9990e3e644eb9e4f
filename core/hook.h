// hook.h - what core tells an observer, and the only #if on the variant.
//
// Core owns this interface; instrument/ implements it. In the release variant
// every hook is an empty inline function, so nothing of it is left in the
// code. A hook is told of what happens and changes nothing: it gets numbers,
// never a pointer to follow into the heap, and core reads no result, but for
// the pointer that rp_on_malloc hands back as it was. Checks are the exception:
// they stand between the program and its blocks, when the program is run so.
//
// Names in events. A span is named by its `number`: segment * 64 + its place
// in the segment, and a huge block, which has memory of its own, by
// RP_HUGE_BIT | serial. A block is (span number, index in the span); a large
// block is (number of its first span, 0), a huge block (its number, 0).
// Heaps and segments have small dense numbers that are used again.
//
// Order. Each hook runs on the thread that does the deed. rp_on_free runs
// before the block can be handed out again, rp_on_alloc after it was taken;
// rp_on_span_release and rp_on_segment_unmap before another thread can take
// the memory, rp_on_span_acquire and rp_on_deferred_collect after.
#ifndef RP_CORE_HOOK_H
#define RP_CORE_HOOK_H

#include "core/base/atomic.h"
#include "core/base/bits.h"

#include <stddef.h>
#include <stdint.h>

#define RP_HUGE_BIT 0x80000000u
#define RP_NO_HEAP 0xffffffffu // where a heap is named and there is none

// Where the spans of a run are when no block lives on them.
enum rp_place {
    RP_PLACE_SEGMENT,      // never used yet, or given back to the system
    RP_PLACE_GLOBAL_CACHE, // kept with its memory, for every heap
    RP_PLACE_THREAD_CACHE, // kept with its memory, for one heap
    RP_PLACE_ORPHAN,       // came with an adopted heap
};

// The state of a span in a heap.
enum rp_span_state {
    RP_SPAN_ACTIVE,  // the one its heap allocates from
    RP_SPAN_PARTIAL, // has free blocks, waits in its heap's list
    RP_SPAN_FULL,    // has no free block that its heap knows of
};

// Which call made a block.
enum rp_alloc_kind {
    RP_ALLOC_MALLOC,
    RP_ALLOC_CALLOC,
    RP_ALLOC_ALIGNED,
    RP_ALLOC_REALLOC, // a realloc that had to move, or of NULL
};

// By what a block is asked for and given back: those of one family go together.
enum rp_family {
    RP_FAMILY_MALLOC,
    RP_FAMILY_NEW,
    RP_FAMILY_NEW_ARRAY,
    RP_FAMILY_ANY, // goes with each
};

// A block as the program asks for it.
struct rp_request {
    size_t size;
    size_t written;   // so many bytes are written at once
    size_t alignment; // at most 16 for none
    enum rp_alloc_kind kind;
    enum rp_family family;
};

// A block as the program gives it back, and what it says of it.
struct rp_return {
    const char *call; // the function
    enum rp_family family;
    size_t size;      // RP_UNSAID
    size_t alignment; // 0: unsaid
};
#define RP_UNSAID ((size_t)-1)

// Where core has put a block for the checks.
struct rp_place_of_block {
    void *block; // its start
    size_t bytes;
    const void *first;  // the block of index 0
    uint32_t span;      // its number
    uint32_t index;     // in the span
    uint32_t count;     // of the span's blocks
    uint32_t heap;      // of the span; RP_NO_HEAP
    uint32_t is_single; // a large or huge block
};

// Up to 64 blocks in a row of a span that are there when somebody comes late.
struct rp_past {
    uint32_t span;     // its number
    uint32_t first;    // index of the first block, a multiple of 64
    uint64_t in_use;   // a bit for each, from that one on: it is not free
    uint64_t deferred; // of these: freed by another thread, not yet collected
};

// What the program asks of the observer.
enum rp_wish {
    RP_WISH_START,    // to tell what there is, and from now on what happens
    RP_WISH_STOP,     // to tell no more
    RP_WISH_SNAPSHOT, // to tell what there is
};

// The class number of the runs of large blocks.
enum { RP_CLASS_LARGE = 255 };

// What core tells of itself, for the self-check at the end of a recording.
struct rp_span_info {
    uint32_t number;
    uint32_t span_count;  // spans in the run, 1 but for large blocks
    uint32_t class_index; // RP_CLASS_LARGE for a run of a large block
    uint32_t heap;
    uint32_t live_blocks;     // handed out and not freed by anyone
    uint32_t deferred_blocks; // freed by other threads, not yet collected
};

// One line of the table of size classes.
struct rp_class_info {
    uint32_t block_bytes;
    uint32_t blocks_per_span;
};

// Constants of this build, the same in both variants.
struct rp_layout_info {
    uint32_t span_bytes;
    uint32_t span_header_bytes; // unless blocks fill the span
    uint32_t spans_per_segment; // at most; a segment may have fewer
    uint32_t class_count;
    uint32_t large_header_bytes; // in front of a large or huge block
};

// Where memory comes from, and which of it the system is asked to back by huge
// pages. That is fixed once some is mapped.
enum rp_huge_pages {
    RP_HUGE_PAGES_NEVER,
    RP_HUGE_PAGES_GROWN, // of heaps and programs that have grown
    RP_HUGE_PAGES_ALWAYS,
};
struct rp_source_info {
    int is_system;    // else it is an embedder's
    int may_decommit; // parts of it go back while their addresses stay
    enum rp_huge_pages huge_pages;
};

// ---- what core offers to the observer ----

struct rp_layout_info rp_layout(void);
struct rp_source_info rp_source(void);

// class_index: 0 .. class_count - 1.
struct rp_class_info rp_class(uint32_t class_index);

// Calls visit for every span run that belongs to a heap and holds at least
// one block that is live or deferred, and once per huge block. Exact only
// while no other thread allocates or frees.
void rp_walk(void (*visit)(const struct rp_span_info *span, void *context),
             void *context);

// Tells the observer what is there now as if it had just come about: through
// rp_on_bookkeeping_map, _segment_map, _span_decommit, _huge_map, _heap_create,
// _span_acquire (from RP_PLACE_SEGMENT), _span_state, and _span_transfer (from
// there to a cache); and through `blocks` for those that are handed out, or
// freed by another thread and not yet collected; what was asked for is not
// known any more. Only while one thread exists: a forked child calls it from
// inside its first rp_on_alloc, _free or _resize. A block being allocated
// counts as handed out, one being freed too.
void rp_replay(void (*blocks)(const struct rp_past *past, void *context),
               void *context);

// With checks, or when it is not yet known: `block`, of which nobody was told,
// was taken from the list of the calling thread's heap for a malloc of `wanted`
// bytes. Puts it back, and returns one that is checked instead, or tells of it,
// when it is made as without checks.
void *rp_checked_instead(size_t wanted, void *block);
// The same of one that was taken for the checks (rp_check_made_again), but is
// to be made as any other.
void *rp_checked_made_anew(void *block, size_t wanted, enum rp_family family);

#if RP_INSTRUMENT // always 0 or 1; -Wundef is on

// For work that is done for the observer alone, beyond a call: it folds away.
enum { RP_IS_OBSERVED = 1 };

// The observer's: is_deaf when it wants to hear of no block, for a long time;
// records_nothing when it does so but for checks. They may change at any time,
// and be noticed late. A page of their own, so that the observer can have them
// other in a forked child.
extern struct rp_hearing {
    _Alignas(4096) _Atomic _Bool is_deaf;
    _Atomic _Bool records_nothing;
} rp_hearing __attribute__((visibility("hidden")));

// Whether blocks have to be told. Fast paths look here first, and have all that
// telling takes out of the way.
static inline int rp_is_observed(void) {
    return !is_set_relaxed(&rp_hearing.is_deaf); // relaxed: may be noticed late
}
// The same for a block that is checked.
static inline int rp_is_recorded(void) {
    return !is_set_relaxed(&rp_hearing.records_nothing); // relaxed: as above
}

// ---- checks ----

// The observer's: whether blocks are checked. 1 until it has been asked for the
// first time. A forked child has it, too.
extern _Atomic(_Bool) rp_check_flag __attribute__((visibility("hidden")));
int rp_check_settle(void); // whether they are

// Whether what the program asks for goes by the functions below.
static inline int rp_may_be_checked(void) {
    return is_set_relaxed(
        &rp_check_flag); // relaxed: the first question settles
}
static inline int rp_is_checked(void) {
    return RP_UNLIKELY(rp_may_be_checked()) && rp_check_settle();
}

// How many bytes more than are asked for a block is made of, that need not be
// aligned; RP_UNSAID: ask rp_check_plan_anew. The observer's.
extern _Atomic size_t rp_check_around __attribute__((visibility("hidden")));
static inline size_t rp_check_space(void) {
    return load_relaxed(&rp_check_around); // relaxed: it may be noticed late
}
size_t rp_check_plan_anew(const struct rp_request *request, void **ready);
// How many bytes to make a block of, to hold what is asked for; 0: it is made
// as without checks. Or *ready is the observer's own block for it.
static inline size_t rp_check_plan(const struct rp_request *request,
                                   void **ready) {
    size_t around = rp_check_space();

    *ready = NULL;
    if (RP_LIKELY(around != RP_UNSAID && request->alignment <= 16 &&
                  request->size - 1 < PTRDIFF_MAX))
        return request->size + around;
    return rp_check_plan_anew(request, ready);
}
// Whether a pointer that the program has is for the checks to look at; 0: it is
// as without checks.
int rp_check_has(const void *pointer);
// The block has been made: returns the program's pointer into it.
void *rp_check_made(const struct rp_request *request,
                    const struct rp_place_of_block *place);
// The same of `bytes` of a small size, without an alignment. What it does not
// know of such blocks, it gives back by rp_checked_made_anew.
void *rp_check_made_again(void *block, size_t size, enum rp_family family,
                          uint32_t span, uint32_t bytes, uint32_t heap);
// The program gives a pointer back, not NULL. Returns a block for core to free
// now, whose start it is, or NULL; there may be more: ask rp_check_rest. It may
// be that pointer, as without checks.
void *rp_check_give(void *pointer, const struct rp_return *how);
void *rp_check_rest(void);
// The bytes that were asked for, of a block in use; RP_UNSAID: the pointer is
// of none, which was told. call: who asks.
size_t rp_check_size(const void *pointer, const char *call);
// The program has touched what it may not, by a signal with this context. 1: it
// was told, and the access is to be tried again.
int rp_check_fault(const void *address, const void *context);
// A block is about to be freed, of whose span the header says this. 0: it was
// told that it cannot be so, and the block is not to be freed. Only when
// rp_checks_spans().
int rp_checks_spans(void);
int rp_check_span(const struct rp_place_of_block *place);
// The calling thread enters (1) or leaves (-1) a part without allocations.
void rp_check_no_alloc(int more);
// The program asks for checks, before it has a block; NULL, or why not.
const char *rp_check_ask(const char *checks);
// Looks for leaks now; returns of how many sites, -1: it cannot.
int rp_check_leaks(void);
// All blocks of a heap are about to be freed at once. Then the same as
// rp_check_rest, of those of that heap alone, until there are none.
void rp_check_heap_end(uint32_t heap);
void *rp_check_heap_rest(uint32_t heap);

// ---- blocks ----

void rp_on_alloc(uint32_t span, uint32_t block, size_t wanted,
                 enum rp_alloc_kind kind, size_t alignment);
// deferred: freed by a thread that does not own the span.
void rp_on_free(uint32_t span, uint32_t block, int deferred);
// The same for the most frequent: rp_on_alloc for malloc, which hands back
// `pointer`, so that its caller has nothing to keep; and rp_on_free for a block
// of the thread's own span that is not huge.
void *rp_on_malloc(size_t wanted, uint32_t span, uint32_t block, void *pointer);
void rp_on_own_free(uint32_t span, uint32_t block);
// foreign: the span is another thread's, or nobody's; so the block may have
// been allocated by another thread. A realloc that stayed where it was.
void rp_on_resize(uint32_t span, uint32_t block, size_t wanted, int foreign);
void rp_on_usable_size(uint32_t span, uint32_t block, int foreign);

// ---- spans ----

// A run of `count` spans starts to serve blocks of class_index in `heap`.
// An adopted heap brings its spans along: it is told by rp_on_heap_adopt.
void rp_on_span_acquire(uint32_t span, uint32_t count, uint32_t heap,
                        uint32_t class_index, enum rp_place from);
void rp_on_span_state(uint32_t span, enum rp_span_state state);
// The run holds no block any more and goes `to` a cache or its segment.
void rp_on_span_release(uint32_t span, uint32_t count, uint32_t heap,
                        enum rp_place to);
// An empty run moves from place to place: thread cache to global cache and
// back, global cache to segment. `heap` is the one whose thread cache it is,
// or that moves it.
void rp_on_span_transfer(uint32_t span, uint32_t count, uint32_t heap,
                         enum rp_place from, enum rp_place to);

// Blocks freed by threads that do not own the span: pushed as one batch by the
// freeing thread, later collected by the owner.
void rp_on_deferred_push(uint32_t span, uint32_t count);
void rp_on_deferred_collect(uint32_t span, uint32_t heap, uint32_t count);

// ---- memory from the embedder or the system ----

// `bytes` at `address` were obtained; `spans` spans start at `first_span`.
void rp_on_segment_map(uint32_t segment, const void *address, size_t bytes,
                       const void *first_span, uint32_t spans);
void rp_on_segment_unmap(uint32_t segment);
// `bytes` from `offset` on, counted from the start of the span, lost or got
// back their memory. Whole pages.
void rp_on_span_decommit(uint32_t span, size_t offset, size_t bytes);
void rp_on_span_commit(uint32_t span, size_t offset, size_t bytes);
// A huge block: `bytes` at `address` were obtained for it alone.
void rp_on_huge_map(uint32_t span, const void *address, size_t bytes);
void rp_on_huge_unmap(uint32_t span);
// Memory for heaps and tables, never given back before finalize; and memory of
// huge blocks that is kept for the next one.
void rp_on_bookkeeping_map(const void *address, size_t bytes);
void rp_on_bookkeeping_unmap(const void *address, size_t bytes);

// ---- heaps and threads ----

void rp_on_heap_create(uint32_t heap);
void rp_on_heap_adopt(uint32_t heap);  // by the calling thread
void rp_on_heap_reset(uint32_t heap);  // rpmalloc_thread_reset was called
void rp_on_heap_orphan(uint32_t heap); // no thread has it any more
void rp_on_thread_start(void);         // the thread got its first heap
void rp_on_thread_end(void);           // the thread gave its heap back
void rp_on_mark(const char *text);
// What the thread allocates from here on is of this tag, and then of the one
// before again. The name stays as it is until then.
void rp_on_tag_push(const char *name);
void rp_on_tag_pop(void);
void rp_on_heap_name(uint32_t heap, const char *name); // NULL: none any more
// The program was loaded with the wish that its library say on stderr which one
// it is: `who`, and then where the observer puts what it is told.
void rp_on_introduce(const char *who);
void rp_on_wish(enum rp_wish wish);

#else

enum { RP_IS_OBSERVED = 0 };

static inline int rp_is_observed(void) {
    return 0;
}
static inline int rp_is_recorded(void) {
    return 0;
}

static inline int rp_may_be_checked(void) {
    return 0;
}
static inline int rp_is_checked(void) {
    return 0;
}
static inline size_t rp_check_space(void) {
    return RP_UNSAID;
}
static inline size_t rp_check_plan(const struct rp_request *request,
                                   void **ready) {
    (void)ready;
    return request->size;
}
static inline int rp_check_has(const void *pointer) {
    (void)pointer;
    return 0;
}
static inline void *rp_check_made(const struct rp_request *request,
                                  const struct rp_place_of_block *place) {
    (void)request;
    return place->block;
}
static inline void *rp_check_made_again(void *block, size_t size,
                                        enum rp_family family, uint32_t span,
                                        uint32_t bytes, uint32_t heap) {
    (void)size, (void)family, (void)span, (void)bytes, (void)heap;
    return block;
}
static inline void *rp_check_give(void *pointer, const struct rp_return *how) {
    (void)how;
    return pointer;
}
static inline void *rp_check_rest(void) {
    return NULL;
}
static inline size_t rp_check_size(const void *pointer, const char *call) {
    (void)pointer, (void)call;
    return RP_UNSAID;
}
static inline int rp_check_fault(const void *address, const void *context) {
    (void)address, (void)context;
    return 0;
}
static inline int rp_checks_spans(void) {
    return 0;
}
static inline int rp_check_span(const struct rp_place_of_block *place) {
    (void)place;
    return 1;
}
static inline void rp_check_no_alloc(int more) {
    (void)more;
}
static inline const char *rp_check_ask(const char *checks) {
    (void)checks;
    return "this is the release library, which checks nothing";
}
static inline int rp_check_leaks(void) {
    return -1;
}
static inline void rp_check_heap_end(uint32_t heap) {
    (void)heap;
}
static inline void *rp_check_heap_rest(uint32_t heap) {
    (void)heap;
    return NULL;
}

static inline void rp_on_alloc(uint32_t span, uint32_t block, size_t wanted,
                               enum rp_alloc_kind kind, size_t alignment) {
    (void)span, (void)block, (void)wanted, (void)kind, (void)alignment;
}
static inline void rp_on_free(uint32_t span, uint32_t block, int deferred) {
    (void)span, (void)block, (void)deferred;
}
static inline void *rp_on_malloc(size_t wanted, uint32_t span, uint32_t block,
                                 void *pointer) {
    (void)wanted, (void)span, (void)block;
    return pointer;
}
static inline void rp_on_own_free(uint32_t span, uint32_t block) {
    (void)span, (void)block;
}
static inline void rp_on_resize(uint32_t span, uint32_t block, size_t wanted,
                                int foreign) {
    (void)span, (void)block, (void)wanted, (void)foreign;
}
static inline void rp_on_usable_size(uint32_t span, uint32_t block,
                                     int foreign) {
    (void)span, (void)block, (void)foreign;
}
static inline void rp_on_span_acquire(uint32_t span, uint32_t count,
                                      uint32_t heap, uint32_t class_index,
                                      enum rp_place from) {
    (void)span, (void)count, (void)heap, (void)class_index, (void)from;
}
static inline void rp_on_span_state(uint32_t span, enum rp_span_state state) {
    (void)span, (void)state;
}
static inline void rp_on_span_release(uint32_t span, uint32_t count,
                                      uint32_t heap, enum rp_place to) {
    (void)span, (void)count, (void)heap, (void)to;
}
static inline void rp_on_span_transfer(uint32_t span, uint32_t count,
                                       uint32_t heap, enum rp_place from,
                                       enum rp_place to) {
    (void)span, (void)count, (void)heap, (void)from, (void)to;
}
static inline void rp_on_deferred_push(uint32_t span, uint32_t count) {
    (void)span, (void)count;
}
static inline void rp_on_deferred_collect(uint32_t span, uint32_t heap,
                                          uint32_t count) {
    (void)span, (void)heap, (void)count;
}
static inline void rp_on_segment_map(uint32_t segment, const void *address,
                                     size_t bytes, const void *first_span,
                                     uint32_t spans) {
    (void)segment, (void)address, (void)bytes, (void)first_span, (void)spans;
}
static inline void rp_on_segment_unmap(uint32_t segment) {
    (void)segment;
}
static inline void rp_on_span_decommit(uint32_t span, size_t offset,
                                       size_t bytes) {
    (void)span, (void)offset, (void)bytes;
}
static inline void rp_on_span_commit(uint32_t span, size_t offset,
                                     size_t bytes) {
    (void)span, (void)offset, (void)bytes;
}
static inline void rp_on_huge_map(uint32_t span, const void *address,
                                  size_t bytes) {
    (void)span, (void)address, (void)bytes;
}
static inline void rp_on_huge_unmap(uint32_t span) {
    (void)span;
}
static inline void rp_on_bookkeeping_map(const void *address, size_t bytes) {
    (void)address, (void)bytes;
}
static inline void rp_on_bookkeeping_unmap(const void *address, size_t bytes) {
    (void)address, (void)bytes;
}
static inline void rp_on_heap_create(uint32_t heap) {
    (void)heap;
}
static inline void rp_on_heap_adopt(uint32_t heap) {
    (void)heap;
}
static inline void rp_on_heap_reset(uint32_t heap) {
    (void)heap;
}
static inline void rp_on_heap_orphan(uint32_t heap) {
    (void)heap;
}
static inline void rp_on_thread_start(void) {}
static inline void rp_on_thread_end(void) {}
static inline void rp_on_mark(const char *text) {
    (void)text;
}
static inline void rp_on_tag_push(const char *name) {
    (void)name;
}
static inline void rp_on_tag_pop(void) {}
static inline void rp_on_heap_name(uint32_t heap, const char *name) {
    (void)heap, (void)name;
}
static inline void rp_on_introduce(const char *who) {
    (void)who;
}
static inline void rp_on_wish(enum rp_wish wish) {
    (void)wish;
}

#endif

#endif
