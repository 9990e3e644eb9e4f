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
// stays the one that was walked last. The stack that comes again and again is
// only compared (repeated.h).
//
// Only the thread itself. x86-64; elsewhere nothing is understood.
#ifndef RP_INSTRUMENT_STACK_WALK_H
#define RP_INSTRUMENT_STACK_WALK_H

#include "instrument/stack/walk_state.h"

enum {
#if defined(__x86_64__)
    RP_WALK_CAN = 1,
#else
    RP_WALK_CAN = 0,
#endif
    RP_WALK_HARD = 0x7fffffff, // instead of a node: not understood
};

// The frame that the function which it is in was called from. That function
// keeps a frame pointer for it, so all lies in known places: the caller's bp in
// the word below the return address.
__attribute__((always_inline)) static inline struct rp_frame rp_walk_caller(
    void) {
    struct rp_frame frame = {0, 0, 0};

#if defined(__x86_64__)
    const uint64_t *base = __builtin_frame_address(0);

    frame.bp = base[0];
    frame.address = base[1];
    frame.sp = (uint64_t)(uintptr_t)&base[2];
#endif
    return frame;
}

// Whether the stack from a frame of rp_walk_caller is the repeated one, and it
// is not the turn of a comparison with libunwind's.
static inline bool rp_walk_is_repeated(struct rp_walk *walk,
                                       const struct rp_frame *frame) {
    if (!RP_WALK_CAN ||
        !rp_repeated_is(&walk->repeated, frame->address, frame->sp))
        return false;
    if (RP_LIKELY(--walk->until_check != 0))
        return true;
    walk->until_check = 1;
    return false;
}

// The walk is another thread's from now on, of which nothing is known.
static inline void rp_walk_pass_on(struct rp_walk *walk) {
    rp_bounds_forget(&walk->bounds);
    rp_repeated_forget(&walk->repeated);
}

// Walks from a frame outwards, leaving out those of our own that come first.
// address, sp, bp: of rp_walk_caller. Returns the node of the stack; 0: there
// is none, or no room for it; RP_WALK_HARD: there is a frame that is not
// understood here. *fresh is set when the node is new. A stack ends before what
// cannot be right: a frame that is not on the stack, or a return address into
// no known code from which frame pointers do not lead back to any.
uint32_t rp_walk_stack(struct rp_walk *walk, const struct rp_walk_tools *tools,
                       uint64_t address, uint64_t sp, uint64_t bp, bool *fresh);

#endif
