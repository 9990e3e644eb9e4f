// sequence.h - calls of the whole public API, made from bytes.
//
// The bytes are drawn by a seed, or chosen by a fuzzer: first those of the
// config, then one for each call and its arguments behind it. Of each call is
// checked all that rpmalloc.h says of its result (live.h), and now and then the
// sums of the statistics, the heaps' own books, and, where there are hooks,
// what these told. A mistake ends the program.
#ifndef TESTS_SEQUENCES_SEQUENCE_H
#define TESTS_SEQUENCES_SEQUENCE_H

#include "core/rpmalloc.h"
#include "tests/sequences/actors.h"

#include <stddef.h>
#include <stdint.h>

// Initializes, makes the calls, finalizes, and expects that nothing is held.
void sequence_run(const uint8_t *data, size_t size);
// The bytes of a seed; returns how many.
enum { SEQUENCE_MOST = 900 };
size_t sequence_draw(unsigned long long seed, uint8_t bytes[SEQUENCE_MOST]);
// Runs those of `count` seeds, one after the other.
void sequence_run_seeds(unsigned long long first, unsigned long long count);

enum { SEQUENCE_HEAPS = 3, SEQUENCE_VISITS = 3 };

// Where the sequence is. One actor at a time looks at it.
struct sequence {
    const uint8_t *at, *end;
    unsigned actor; // who makes the calls
    int may_fail;   // the embedder may have run out of memory
    int is_paged;   // memory is the system's
    struct rpmalloc_heap *heaps[SEQUENCE_HEAPS]; // of first class
    size_t sent; // blocks that wait for another actor to free them
    struct {
        struct rpmalloc_signal aside[SEQUENCE_VISITS];
        unsigned visits; // begun and not ended
        int is_started;  // since the last finalize
    } of[ACTORS];
};
extern struct sequence sequence;

// ---- the bytes; 0, when there are no more ----

unsigned input_byte(void);
unsigned input_pair(void);
// Of every kind, small ones most often.
size_t input_size(void);
// A power of two.
size_t input_alignment(void);
// Of a block, or of none; -1: there is no such place.
int input_live(void);
int input_empty(void);
// A heap of first class, or NULL.
struct rpmalloc_heap *input_acquired(void);

// ---- calls ----

// The block of a call that may only fail for want of memory.
int is_made(const void *bytes);
// Whether the i-th of `count` blocks of `size` bytes is still to be made.
int is_one_of_many(unsigned i, unsigned count, size_t size);
// Frees it, and expects that errno is kept.
void free_kept(void *bytes);

void call_malloc(void);
void call_calloc(void);
void call_aligned(void);
void call_posix_memalign(void);
void call_realloc(void);
void call_aligned_realloc(void);
void call_free(void);
void call_many(void);        // mallocs of one size or nearly
void call_free_many(void);   // each n-th
void call_rewrite(void);     // a block is used
void call_wrong(void);       // what must fail
void call_should_move(void); // and moves

void call_heap_acquire(void);
void call_heap_make(void); // a block, by any of the ways
void call_heap_many(void);
void call_heap_realloc(void);
void call_heap_free(void);
void call_heap_free_all(void);
void call_heap_release(void);

void call_other_actor(void); // makes the calls from here on
void call_send(void);        // a block, for another actor to free
void call_send_many(void);
void call_take_in(void); // an actor frees what it was sent, or begins to
void call_collect(void);
void call_collect_all(void);
void call_reset(void);
void call_initialize(void); // again
void call_end_thread(void);
void call_visit(void); // as a signal handler does: begins one, or ends one
void sent_forget(void);
// Waits for who takes in, and forgets what was sent of a heap.
void sent_withdraw(const struct rpmalloc_heap *heap);

void call_look(void); // at statistics, and everything else
// With hooks: what they told is as it should be, and as it was. All actors
// wait.
void truth_begin(void);
void truth_look(void);
void truth_end(void); // after finalize

#endif
