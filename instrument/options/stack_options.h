// stack_options.h - what RPSCOPE_STACKS may say: words with commas between.
#ifndef RP_INSTRUMENT_OPTIONS_STACK_OPTIONS_H
#define RP_INSTRUMENT_OPTIONS_STACK_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RP_STACK_FRAMES = 1024, // the most that an allocation keeps
    RP_STACK_CHECK = 1024,
};

struct rp_stack_options {
    uint32_t frames;       // the most of a stack; 0: none are kept
    uint32_t check_every;  // one in so many is compared; 0: none
    uint64_t sample_bytes; // between two allocations with one; 0: all have
    bool by_pointers;      // by frame pointers alone
};

// Those of a recording of which nothing is said.
static inline struct rp_stack_options rp_stack_options_default(void) {
    return (struct rp_stack_options){.frames = RP_STACK_FRAMES,
                                     .check_every = RP_STACK_CHECK};
}

// Which frees keep the stack of who frees (RPSCOPE_FREE_STACKS): one in *every,
// 0: none. false: it is no value of that.
bool rp_stack_options_read_free(const char *text, uint32_t *every);
#define RP_FREE_STACK_OPTIONS "all, none, or sample:N for one in N"

// Reads a value; false: it is none.
bool rp_stack_options_read(struct rp_stack_options *options, const char *text);
// What it may be.
#define RP_STACK_OPTIONS                                                       \
    "full, none, or, with commas, a number of frames from 1 to 1024, fp, "     \
    "sample:BYTES, check:N or check:none"

#endif
