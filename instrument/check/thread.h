// thread.h - what the checks know of a thread: who it is, and its stacks.
//
// Stacks go into a tree of their own, since there are checks without a
// recording, and a forked child goes on with what it has inherited.
#ifndef RP_INSTRUMENT_CHECK_THREAD_H
#define RP_INSTRUMENT_CHECK_THREAD_H

#include "instrument/capture/capture.h"

struct rp_check_thread {
    uint32_t number; // from 1 on; 0 stands for what is not known
    uint32_t id;
    char name[16];
    struct rp_check_thread *next; // of all, newest first
    bool is_busy; // with a capture: a signal handler has come in between
    uint32_t until_sweep; // blocks to be made
    uint32_t until_pages; // blocks until one has pages of its own
    uint32_t pages;       // how many had
    int32_t no_alloc;     // parts without allocations that it is in
    struct rp_thread capture;
};

// Before any thread asks for one. stacks: of blocks; those of findings are
// always there. false: no memory.
bool rp_check_thread_prepare(const struct rp_stack_options *stacks);

// That of the calling thread, made if need be; NULL: no memory. Fast path: one
// branch.
extern _Thread_local struct rp_check_thread *rp_check_thread_own
    __attribute__((tls_model("initial-exec"), visibility("hidden")));
struct rp_check_thread *rp_check_thread_make(void);
static inline struct rp_check_thread *rp_check_thread_mine(void) {
    return RP_LIKELY(rp_check_thread_own != NULL) ? rp_check_thread_own
                                                  : rp_check_thread_make();
}
// By its number; NULL: not known.
const struct rp_check_thread *rp_check_thread_find(uint32_t number);

// The stack from a frame of rp_walk_caller; 0: none. Keeps errno.
uint32_t rp_check_thread_stack(struct rp_check_thread *thread,
                               struct rp_frame from);
// The stack pointer where the code in [start, end) was called from, which the
// same frame leads to; 0: it does not, or that is not known.
uint64_t rp_check_thread_outside(struct rp_check_thread *thread,
                                 struct rp_frame from, uint64_t start,
                                 uint64_t end);
// Whether blocks have stacks.
extern bool rp_check_thread_of_blocks __attribute__((visibility("hidden")));

// The same stack, of a block that is made under this tag, which the calling
// thread has pushed.
uint32_t rp_check_thread_tagged(uint32_t stack, const char *tag);
// That tag's name, or NULL.
const char *rp_check_thread_tag(uint32_t stack);

// Return addresses from the innermost outwards, at most `most`; returns how
// many.
unsigned rp_check_thread_frames(uint32_t stack, uint64_t *frames,
                                unsigned most);

#endif
