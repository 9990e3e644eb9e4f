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

#include "instrument/stack/walk_state.h"

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
