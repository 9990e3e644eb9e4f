// rpmalloc.h - the public interface of the allocator.
//
// Any thread may call any function at any time unless said otherwise, and may
// free a block of any other thread. No function takes a lock or waits for
// another thread. Blocks are aligned to 16 bytes. Out of memory, and sizes
// beyond PTRDIFF_MAX, give NULL and errno = ENOMEM; a bad alignment gives NULL
// and EINVAL. Sizes are in bytes.
//
// Memory comes from the embedder: functions in the config, or else the two
// functions at the end of this file if the program defines them, or else the
// system (mmap and its kin).
#ifndef RPMALLOC_H
#define RPMALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#pragma GCC visibility push(default)
#define RPMALLOC_RETURNS_BLOCK(...)                                            \
    __attribute__((malloc, warn_unused_result, alloc_size(__VA_ARGS__)))
#define RPMALLOC_RETURNS_SAME_OR_OTHER(...)                                    \
    __attribute__((warn_unused_result, alloc_size(__VA_ARGS__)))
#define RPMALLOC_ALIGNED_BY(n) __attribute__((alloc_align(n)))
#else
#define RPMALLOC_RETURNS_BLOCK(...)
#define RPMALLOC_RETURNS_SAME_OR_OTHER(...)
#define RPMALLOC_ALIGNED_BY(n)
#endif

// How rpmalloc is to work; every field 0 is the default.
struct rpmalloc_config {
    // Both or none. Returns `size` bytes at any address, or NULL. Called
    // rarely, by any thread, also by several at once. It may call everything
    // here that allocates, frees or asks, and is then called again from inside:
    // when that ends is its own business, and it may not ask for statistics of
    // its thread. rpmalloc_finalize may not be in progress.
    void *(*allocate_memory)(size_t size);
    // Takes back what allocate_memory returned, by the same pointer.
    void (*deallocate_memory)(void *pointer);
    // The same with a pointer of the embedder's own, in place of those two,
    // both or none. `size` is told again, as it was.
    void *user;
    void *(*map_memory)(void *user, size_t size);
    void (*unmap_memory)(void *user, void *pointer, size_t size);
    // Both or none, for memory from the embedder. Decommit gives the memory of
    // a part of what was obtained back and keeps its addresses: whole spans, at
    // a multiple of 64 KiB, which nobody touches before commit has made them
    // ready again, with anything in them. 0, or an errno value: then all is as
    // it was. What is decommitted may be unmapped as it is.
    int (*decommit_memory)(void *user, void *address, size_t size);
    int (*commit_memory)(void *user, void *address, size_t size);
    // Most bytes of empty spans that one thread keeps; rounded down to spans of
    // 64 KiB. 0: the default, 2 MiB, and all threads together no more than 32
    // MiB and 64 KiB for each; RPMALLOC_NOTHING: none.
    size_t thread_cache_bytes;
    // Bytes of empty spans that all threads together may keep, with their
    // memory, before some is given back. 0: the default, 2 MiB or a sixteenth
    // of what is in use, whichever is more; and beyond that what was freed
    // since the program last grew, up to 72 MiB (8 MiB of an embedder's), or a
    // quarter of what was in use then, and what it missed when it had to make
    // do with that. Who frees more soon keeps none of the latter, and when it
    // is not touched while blocks are allocated, it goes by and by: half of it
    // with each 16,384 blocks, 64 times as many when what went was soon wanted
    // again. RPMALLOC_NOTHING: none.
    size_t global_cache_bytes;
    // Most bytes to ask for at once for small blocks: 256 KiB to 4 MiB, rounded
    // down to spans. 0: the default, 4 MiB. Requests are an eighth of what
    // there is already, 256 KiB at first.
    size_t segment_bytes;
    // When memory that is not used goes back: RPMALLOC_PURGE_....
    int purge;
    // Which of the system's memory it is asked to back by huge pages, of 2 MiB,
    // where it has them: RPMALLOC_HUGE_PAGES_.... In segments of less than 2
    // MiB there are none. With global_cache_bytes RPMALLOC_NOTHING none are
    // asked for by default; with both, what is free is given back all the same,
    // whatever huge page it is a part of.
    int huge_pages;
    // What the system's list of mappings calls our memory, where it can; at
    // most 79 characters. NULL: nothing. Must stay valid.
    const char *name;
};
#define RPMALLOC_NOTHING ((size_t)-1)
enum {
    RPMALLOC_PURGE_DEFAULT, // when the global cache has more than it may keep
    RPMALLOC_PURGE_NEVER,   // only when rpmalloc_thread_collect is called
};

enum {
    // As the environment says in RPSCOPE_HUGE_PAGES when the library is loaded:
    // always, or never; or else for heaps that have grown beyond 512 KiB, and
    // large blocks in programs that have grown beyond 4 MiB. Empty memory that
    // is less than a quarter of a huge page is then given back only by
    // rpmalloc_thread_collect.
    RPMALLOC_HUGE_PAGES_DEFAULT,
    RPMALLOC_HUGE_PAGES_ALWAYS, // for all, from the first block on
    RPMALLOC_HUGE_PAGES_NEVER,
};

// Bytes as they stand when the function is called; with other threads at work,
// each number is right by itself, not all at one instant.
struct rpmalloc_global_statistics {
    size_t mapped;       // held from the embedder or the system
    size_t mapped_peak;  // the most that `mapped` has been
    size_t thread_cache; // empty spans that heaps keep
    size_t global_cache; // empty spans kept for every heap, with their memory
    size_t segment_free; // in segments, never used or given back
    size_t large;        // spans of large blocks in use
    size_t huge;         // memory of huge blocks in use
    size_t bookkeeping;  // heaps and tables
    size_t segments;     // how many
    size_t heaps;        // how many, with and without a thread
};

struct rpmalloc_thread_statistics {
    size_t in_use;       // blocks that the caller's heap has handed out
    size_t free;         // free blocks in spans of the caller's heap
    size_t deferred;     // freed by others, seen when the owner collects
    size_t thread_cache; // empty spans kept
    size_t spans;        // how many the heap holds for blocks
};

// Memory that no block is in, by what keeps it; in bytes, and as above.
struct rpmalloc_empty_statistics {
    size_t thread_caches;   // empty spans of all heaps
    size_t global_cache;    // empty spans for every heap
    size_t global_pinned;   // of these: in segments where another span is taken
    size_t huge_kept;       // memory of huge blocks, for the next one
    size_t unbacked;        // addresses in segments without memory
    size_t unbacked_pinned; // of these: where another span is taken
    size_t segments;        // how many
    size_t segments_pinned; // how many have free spans and taken ones
};

// What a size class has.
struct rpmalloc_class_statistics {
    size_t block_bytes; // of each block
    size_t spans;       // how many, of 64 KiB, all heaps hold for such blocks
    // Of the caller's heap, in bytes.
    size_t in_use;
    size_t free;     // in its spans
    size_t deferred; // freed by others, seen when the owner collects
};

enum {
    RPMALLOC_NO_PRESERVE = 1, // realloc: the old bytes need not be kept
};

// ---- the program, and each thread ----

// Makes the allocator ready; returns 0, or -1 with errno: ENOMEM, there is no
// memory; EINVAL, one of the two functions for memory is there and the other
// is not; EAGAIN, another thread configures the allocator at this very moment.
// Needed once before the first block is asked for, unless the malloc library is
// used. Calling it again does nothing.
int rpmalloc_initialize(void);
// The same with a config (copied; NULL: all defaults). Of several at once one
// counts. Later calls of either function, while initialized, change nothing and
// return 0; so does a config that comes when blocks have been asked for
// already.
int rpmalloc_initialize_config(const struct rpmalloc_config *config);
// Gives all memory back to where it came from. No thread may be using the
// allocator, or a block of it, now or later, unless it is initialized again;
// then other threads that had a heap must call rpmalloc_thread_initialize
// first. The system calls nothing of the library any more: a plugin with the
// static library in it calls this before it is unloaded, and threads that have
// worked in it may end later.
void rpmalloc_finalize(void);

// Gives the calling thread a heap: the one it had before when that is free, or
// any that no thread has, or a new one. Cheap. Without it, the first
// allocation of a thread does the same.
void rpmalloc_thread_initialize(void);
// Takes the calling thread's heap away, for this or another thread to take up
// later; blocks stay valid. Cheap enough to frame every job of a job system.
// The end of a thread does the same, where the system tells of it: everywhere
// but with os=embedder, where a thread that ends without it leaves its heap
// unused for good.
void rpmalloc_thread_reset(void);
// Takes in all blocks that other threads have freed, of the caller's heap and
// of those that no thread has, and gives their empty spans to all, and what is
// then empty, down to single pages, back to the system or the embedder.
void rpmalloc_thread_collect(void);
// The same, and asks the heaps of all other threads to do it: each does so when
// it allocates the next time and has to look for a block beyond its lists, so
// one that sleeps keeps its thread cache. Returns at once.
void rpmalloc_collect_all(void);
// 1 when the calling thread has a heap, else 0.
int rpmalloc_is_thread_initialized(void);

// Brackets the work of a signal handler, which may then call everything here,
// also when the signal came in the middle of one of these functions: it gets a
// heap of its own. Pairs nest. Not to be left by longjmp. Handlers that are
// installed while the malloc library is loaded need not call them.
struct rpmalloc_signal {
    void *heap; // the caller need not look
    unsigned long long ticket;
};
void rpmalloc_signal_begin(struct rpmalloc_signal *aside);
void rpmalloc_signal_end(const struct rpmalloc_signal *aside);

void rpmalloc_thread_statistics(struct rpmalloc_thread_statistics *result);
void rpmalloc_global_statistics(struct rpmalloc_global_statistics *result);

void rpmalloc_empty_statistics(struct rpmalloc_empty_statistics *result);
// Writes at most `count` classes, the smallest blocks first; returns how many
// there are.
size_t rpmalloc_class_statistics(struct rpmalloc_class_statistics *result,
                                 size_t count);
// Writes all of the above as one JSON object, of the classes those that have
// spans, and a 0 behind it, as far as `room` bytes go. Returns how many bytes
// the whole has without the 0. It allocates nothing.
size_t rpmalloc_statistics_json(char *text, size_t room);

// Where the allocator has put a live block: the number of its span, as in
// traces, and how many bytes behind the span's start it lies, less than 64 KiB.
// The same in both variants of the library, in every run that asks for the
// same.
struct rpmalloc_place {
    unsigned span;
    unsigned offset;
};
#define RPMALLOC_NOWHERE (~0u) // the span of NULL
struct rpmalloc_place rpmalloc_place_of(const void *block);

// Which library this is: "release" or "instrumented"; and its version, as in
// "0.1.0". A program that is started with RPSCOPE_VERBOSE=1 in its environment
// has one line about it on stderr, with where the trace goes.
const char *rpmalloc_variant(void);
const char *rpmalloc_version(void);

// Writes `text` into the trace of the instrumented library, at this moment:
// frames and phases show on the timeline. Nothing in release. NULL is ignored.
void rpmalloc_mark(const char *text);

// Looks for heap bugs from here on, as RPSCOPE_CHECK=checks does: "all", or
// words with commas, "guards,poison" (instrument/README.md). Where the
// environment has an RPSCOPE_CHECK, that counts, "none" too. Only before the
// library has made its first block, for the others would not be known: at the
// start of main by a program that calls rpmalloc itself; where malloc is this
// library's, the system may have made blocks by then. Returns NULL, or a
// sentence that says why nothing is checked. While there is one thread.
const char *rpmalloc_check_start(const char *checks);

// Looks now for leaks, where blocks are checked, whatever for: those that
// nothing in the program's memory leads to are told on stderr and in the trace,
// as at the end, and nothing else becomes of them. Returns of how many sites
// they are; -1: nothing is checked (as in release), or the other threads, which
// stand still meanwhile, cannot be stopped. rpscope ctl PID leaks calls it from
// outside. Any thread, and in a signal handler.
int rpmalloc_check_leaks(void);

// Between these two, which nest, the calling thread means not to allocate: the
// loop of a frame, a thread for sound. With RPSCOPE_CHECK=no-alloc the
// instrumented library tells of each allocation there, where it is done.
// Nothing in release.
void rpmalloc_no_alloc_begin(void);
void rpmalloc_no_alloc_end(void);

// Tags: what the calling thread allocates from the push to its pop is of the
// tag `name` ("Layout", "Audio"), of the innermost where pairs nest; the block
// keeps it for life, whoever frees it. `name` must stay as it is up to the pop.
// Beyond 64 pairs in one another the outer one of those stays. A pop without a
// push, and NULL, change nothing; the former is told in the trace.
// A program that is compiled with RPMALLOC_TAGS=1 tells them to whichever
// variant it finds, as pkg-config has it for the instrumented one; in any other
// they are empty and leave no instruction.
#if defined(RPMALLOC_TAGS) && RPMALLOC_TAGS
void rpmalloc_tag_push(const char *name);
void rpmalloc_tag_pop(void);
#else
static inline void rpmalloc_tag_push(const char *name) {
    (void)name;
}
static inline void rpmalloc_tag_pop(void) {}
#endif

// Starts a recording that was begun paused (RPSCOPE_RECORD=paused, rpscope
// record --paused): the trace then has all that is in use at this moment, and
// what happens from then on. Stop pauses such a recording again, and start may
// follow, as often as you like; any other recording, and one that is paused, it
// ends with a whole trace, for good. They return when that is done. Nothing in
// release, and when nothing is recorded. Any thread, not in a signal handler.
// A program with more rights than its caller (set-user-id) is recorded only if
// it calls start before it allocates for the first time.
void rpmalloc_record_start(void);
void rpmalloc_record_stop(void);

// Writes a snapshot: of a recording that is paused, the state of all heaps at
// this moment, with the size and the stack of every block; of one that keeps
// only the last moments (RPSCOPE_LAST), these as a trace of their own,
// NAME.snapshot-N.rptrace; of any other, whose trace has all of it anyway, a
// point in time with the figures by which the reader checks its own. The
// recording goes on as before. It is told to the recorder and does not wait for
// it, but for the one before it, a second at most. Nothing in release, and when
// nothing is recorded. Any thread, and in a signal handler, but not in one that
// has interrupted this very function.
void rpmalloc_record_snapshot(void);

// ---- blocks ----

// size 0 gives a block of its own, too.
void *rpmalloc(size_t size) RPMALLOC_RETURNS_BLOCK(1);
// Keeps errno. NULL is ignored. Anything else must be a block in use.
void rpfree(void *block);
// count * size bytes, all 0, as are those beyond up to the usable size; an
// overflow of the product gives NULL, ENOMEM.
void *rpcalloc(size_t count, size_t size) RPMALLOC_RETURNS_BLOCK(1, 2);
// Moves or resizes a block; NULL is the same as rpmalloc. When it fails, the
// old block is untouched; one that is to get smaller stays where it is when
// there is no memory. size 0 gives a smallest block, it does not free.
void *rprealloc(void *block, size_t size) RPMALLOC_RETURNS_SAME_OR_OTHER(2);
// The same to an alignment. old_size: how many bytes to keep at most, 0 for
// all; flags: RPMALLOC_NO_PRESERVE or 0.
void *rpaligned_realloc(void *block, size_t alignment, size_t size,
                        size_t old_size, unsigned flags)
    RPMALLOC_RETURNS_SAME_OR_OTHER(3);
// alignment: a power of two. size need not be a multiple of it.
void *rpaligned_alloc(size_t alignment, size_t size) RPMALLOC_RETURNS_BLOCK(2)
    RPMALLOC_ALIGNED_BY(1);
// The same under the name of memalign.
void *rpmemalign(size_t alignment, size_t size) RPMALLOC_RETURNS_BLOCK(2)
    RPMALLOC_ALIGNED_BY(1);
// POSIX: alignment a power of two and a multiple of sizeof(void *). Returns 0,
// EINVAL or ENOMEM and leaves errno alone; *result is set only on success.
int rpposix_memalign(void **result, size_t alignment, size_t size);
// How many bytes of the block may be used: at least what was asked for.
// 0 for NULL.
size_t rpmalloc_usable_size(const void *block);

// 1 when the calling thread's heap has the block in a span that is sparse,
// while there is room for it elsewhere: then a program that allocates such a
// block anew, copies it and frees the old one, makes the span empty by and by.
// Ask for each block in turn, until there is none, then
// rpmalloc_thread_collect. 0 for anything that is not a block of this heap,
// whatever it points to, for large blocks, and where checks are on. Of a block
// that was freed the answer means nothing. Constant time. The first question
// makes the allocator keep an index of its memory, of 8 KiB for each 64 MiB of
// addresses. tests/examples has a program.
int rpmalloc_should_move(const void *block);

// ---- first-class heaps: blocks that live and die together ----
//
// A heap that belongs to no thread. One thread at a time may use it; its blocks
// may also be freed by rpfree, by any thread. The cure for a call site whose
// few long-lived blocks pin many spans: give it a heap of its own.

struct rpmalloc_heap;

// A heap without blocks, or NULL and ENOMEM.
struct rpmalloc_heap *rpmalloc_heap_acquire(void);
// Gives the heap up. Blocks that still live stay valid; rpfree frees them.
void rpmalloc_heap_release(struct rpmalloc_heap *heap);
// As rpmalloc, rpaligned_alloc, rpcalloc.
void *rpmalloc_heap_alloc(struct rpmalloc_heap *heap, size_t size)
    RPMALLOC_RETURNS_BLOCK(2);
void *rpmalloc_heap_aligned_alloc(struct rpmalloc_heap *heap, size_t alignment,
                                  size_t size) RPMALLOC_RETURNS_BLOCK(3);
void *rpmalloc_heap_calloc(struct rpmalloc_heap *heap, size_t count,
                           size_t size) RPMALLOC_RETURNS_BLOCK(2, 3);
// As rprealloc; a block that moves, moves into `heap`. block: NULL, or of it.
void *rpmalloc_heap_realloc(struct rpmalloc_heap *heap, void *block,
                            size_t size) RPMALLOC_RETURNS_SAME_OR_OTHER(3);
// Frees a block of the heap, faster than rpfree. NULL is ignored.
void rpmalloc_heap_free(struct rpmalloc_heap *heap, void *block);
// Frees all blocks of the heap. No other thread may be freeing one meanwhile.
void rpmalloc_heap_free_all(struct rpmalloc_heap *heap);
// The first-class heap that a block lives in; NULL when it is in none.
struct rpmalloc_heap *rpmalloc_get_heap_for_ptr(const void *block);
// What the heap is called in traces ("strings"), until it is given up. As tags:
// nothing without RPMALLOC_TAGS.
#if defined(RPMALLOC_TAGS) && RPMALLOC_TAGS
void rpmalloc_heap_name(struct rpmalloc_heap *heap, const char *name);
#else
static inline void rpmalloc_heap_name(struct rpmalloc_heap *heap,
                                      const char *name) {
    (void)heap, (void)name;
}
#endif

// ---- memory from the embedder, the link-time way ----

// Defined by the program, if it wants to, both or none; see struct
// rpmalloc_config.
void *rpmalloc_allocate_memory_external(size_t size);
void rpmalloc_deallocate_memory_external(void *pointer);

#if defined(__GNUC__) || defined(__clang__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
