// walk.h - a thread's call stack, frame by frame, and what is left of its last.
//
// A frame is known by its address (CFA), its return address and the value of
// rbp in it. Where a new stack and the last one have an equal frame, all frames
// beyond it follow from what the stack holds there; so it is compared with what
// was read the last time, word by word, and if nothing has changed, the frames
// beyond and their node in the tree are taken from the last stack. One equal
// frame is not enough: a caller further out may be at another call by now.
//
// The last stack is kept from the outermost frame inwards, so that what is
// taken from it stays where it is. Where it differs further out, the walk goes
// on there. Where the inner frames are those of some stack before, nothing but
// our own, which come first, is walked at all (cache.h), and the last stack
// stays the one that was walked last.
//
// Only the thread itself. x86-64; elsewhere nothing is understood.
#ifndef RP_INSTRUMENT_STACK_WALK_H
#define RP_INSTRUMENT_STACK_WALK_H

#include "instrument/options/stack_options.h"
#include "instrument/stack/bounds.h"
#include "instrument/stack/cache.h"
#include "instrument/stack/sampler.h"
#include "instrument/stack/tree.h"
#include "instrument/stack/unwind_rules.h"

enum {
    RP_OWN_FRAMES = 16,
    RP_OWN_RULES = 64,
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
    uint32_t until_check; // captures before one is compared with libunwind's
    uint32_t version;     // of the rules
    struct rp_walk_own own[RP_OWN_RULES]; // by their addresses
    // The last stack, without our own frames; 0: nothing can be taken from it.
    uint32_t count;
    bool is_cut;    // it has as many frames as were wanted, and would have more
    bool in_loader; // the stack of the last capture is one of the loader
    struct rp_word returns[RP_STACK_FRAMES]; // addresses of the frames
    struct rp_walk_frame frames[RP_STACK_FRAMES];
    struct rp_word words[2 * RP_STACK_FRAMES]; // what else counts
    // The new frames, from the innermost outwards.
    struct rp_walk_step steps[RP_STACK_FRAMES];
    struct rp_stack_cache cache;
    // What libunwind says, in the same order.
    uint64_t raw[RP_STACK_FRAMES + RP_OWN_FRAMES];
};

struct rp_walk_tools {
    struct rp_unwind_rules *rules;
    struct rp_tree *tree;
    uint64_t own_start, own_end; // inner frames that are left out
    uint32_t most;               // frames; at most RP_STACK_FRAMES
    bool by_pointers; // all frames but our own are found by frame pointers
};

enum {
#if defined(__x86_64__)
    RP_WALK_CAN = 1,
#else
    RP_WALK_CAN = 0,
#endif
    RP_WALK_HARD = 0x7fffffff, // instead of a node: not understood
};

// This very place in the function that it is in.
__attribute__((always_inline)) static inline struct rp_frame rp_walk_here(
    void) {
    struct rp_frame frame = {0, 0, 0};

#if defined(__x86_64__)
    __asm__ volatile("lea 1f(%%rip), %0\n"
                     "1:\tmov %%rsp, %1\n\t"
                     "mov %%rbp, %2"
                     : "=r"(frame.address), "=r"(frame.sp), "=r"(frame.bp));
    frame.address++; // as if it were the instruction before a return address
#endif
    return frame;
}

// Walks from a place in our own code outwards, leaving out that frame, and
// those of our own that follow. Returns the node of the stack; 0: there is
// none, or no room for it; RP_WALK_HARD: there is a frame that is not
// understood here. *fresh is set when the node is new. A stack ends before what
// cannot be right: a frame that is not on the stack, or a return address into
// no known code from which frame pointers do not lead back to any.
uint32_t rp_walk_stack(struct rp_walk *walk, const struct rp_walk_tools *tools,
                       uint64_t address, uint64_t sp, uint64_t bp, bool *fresh);

#endif
