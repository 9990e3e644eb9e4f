// walk_state.h - what is left of a thread's last stack, and with what the next
// one is walked. See walk.h.
#ifndef RP_INSTRUMENT_STACK_WALK_STATE_H
#define RP_INSTRUMENT_STACK_WALK_STATE_H

#include "instrument/options/stack_options.h"
#include "instrument/stack/bounds.h"
#include "instrument/stack/cache.h"
#include "instrument/stack/repeated.h"
#include "instrument/stack/sampler.h"
#include "instrument/stack/tree.h"
#include "instrument/stack/unwind_rules.h"

enum {
    RP_OWN_FRAMES = 16,
    RP_OWN_RULES = 32,
    RP_FEW_FRAMES = 24, // what most stacks have at most
};

// Where a frame is: its function is about to go on at `address`.
struct rp_frame {
    uint64_t address; // a return address
    uint64_t sp;      // the stack pointer after the return: the callee's CFA
    uint64_t bp;
};

struct rp_walk_step {
    struct rp_frame at;
    uint64_t bp_at; // where the frame inside of it keeps its bp; 0: not at all
    uint32_t rule;  // by which its caller is found, without its address
};

struct rp_walk_frame {
    struct rp_walk_step step;
    uint64_t hash; // of its path
    uint32_t node;
    uint16_t words; // of `words` below that this and all outer frames need
    bool needs_bp;  // whether what is beyond depends on bp
};

// A rule of our own code, ready for use.
struct rp_walk_own {
    uint64_t address;
    uint64_t rule;
    uint64_t cfa; // sp + cfa; 0: it is not so simple
    uint64_t bp;  // where it was, from the CFA down; 0: it is what it was
};

struct rp_walk {
    struct rp_bounds bounds;
    struct rp_sampler sampler;
    uint32_t until_check; // captures, with the one compared with libunwind's
    uint32_t version;     // of the rules
    struct rp_repeated repeated;
    const struct rp_cached_stack *hit; // the last capture's; NULL: it was none
    uint32_t hits;                     // in a row, before the last one
    struct rp_walk_own own[RP_OWN_RULES]; // by their addresses
    // The last stack, without our own frames; 0: nothing can be taken from it.
    uint32_t count;
    bool is_cut;    // it has as many frames as were wanted, and would have more
    bool in_loader; // the stack of the last capture is one of the loader
    // There is room for so many: few at first, so that all of it lies close
    // together; then, of a thread that has come with more, RP_STACK_FRAMES.
    uint32_t room;
    struct rp_word *returns; // addresses of the frames
    struct rp_walk_frame *frames;
    struct rp_word *words; // what else counts: two for each frame
    // The new frames, from the innermost outwards.
    struct rp_walk_step *steps;
    // What libunwind says, in the same order; NULL as long as few have room.
    uint64_t *raw;
    struct {
        struct rp_word returns[RP_FEW_FRAMES];
        struct rp_walk_frame frames[RP_FEW_FRAMES];
        struct rp_word words[2 * RP_FEW_FRAMES];
        struct rp_walk_step steps[RP_FEW_FRAMES];
    } few;
    struct rp_stack_cache cache;
};

// Makes a zeroed one ready.
void rp_walk_start(struct rp_walk *walk);
// Makes room for all frames, and for what libunwind says, if there is none yet;
// the last stack stays. false: no memory.
bool rp_walk_grow(struct rp_walk *walk);

struct rp_walk_tools {
    struct rp_unwind_rules *rules;
    struct rp_tree *tree;
    uint64_t own_start, own_end; // inner frames that are left out
    uint32_t most;               // frames; at most RP_STACK_FRAMES
    bool by_pointers; // all frames but our own are found by frame pointers
    bool repeats;     // what is repeated.h's, is kept
};

#endif
