// capture.h - the call stack of an allocation, as a number.
//
// A thread's stacks are walked by walk.h. What that does not understand goes to
// libunwind, and so does one capture in so many for comparison.
#ifndef RP_INSTRUMENT_CAPTURE_CAPTURE_H
#define RP_INSTRUMENT_CAPTURE_CAPTURE_H

#include "instrument/capture/thread.h"
#include "instrument/stack/tree.h"
#include "instrument/stack/walk.h"

// What a recording's stacks need, in memory that is zeroed at first.
struct rp_capture {
    struct rp_tree tree; // what numbers name
    struct rp_walk_tools tools;
    uint64_t sample_bytes; // as the options have it
    uint32_t check_every;
    struct rp_unwind_rules rules;
};

// Learns where our own code is. Takes no lock. Before any capture.
void rp_capture_prepare(struct rp_capture *capture,
                        const struct rp_stack_options *options);

// Readies the unwinder, which can take some time; it works without, too.
void rp_capture_start(void);

// Captures the callers of the malloc of `bytes` that is being recorded, without
// the frames of this library. address, sp, bp: of rp_walk_caller() in a
// function that the caller has not left; a structure would go through memory.
// Returns the number of a node of the tree of stacks; 0: none, or not one to be
// taken; with RP_CAPTURE_FRESH, when it is a new one, and RP_CAPTURE_LOADER,
// when the thread has come out of the loader. Only by a thread in the middle of
// an event in its first producer. Keeps errno.
#define RP_CAPTURE_FRESH (UINT64_C(1) << 32)
#define RP_CAPTURE_LOADER (UINT64_C(1) << 33)
// bytes: of the allocation; RP_CAPTURE_ALWAYS: it is to be taken in any case.
#define RP_CAPTURE_ALWAYS SIZE_MAX
uint64_t rp_capture_stack(struct rp_capture *capture, struct rp_thread *thread,
                          uint64_t address, uint64_t sp, uint64_t bp,
                          size_t bytes);

// Forgets what is known of the code in [start, end), which was loaded or
// unloaded. Any thread.
void rp_capture_forget(struct rp_capture *capture, uint64_t start,
                       uint64_t end);

#endif
