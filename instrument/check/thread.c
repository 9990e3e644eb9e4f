// thread.c - see thread.h.
#include "instrument/check/thread.h"

#include "core/base/atomic.h"
#include "instrument/capture/tags.h"
#include "instrument/check/tag.h"
#include "instrument/os/clock.h"
#include "instrument/os/system.h"

#include <errno.h>

static struct rp_shm shm;
static struct rp_capture *capture;
bool rp_check_thread_of_blocks;
static struct rp_check_thread *_Atomic threads;
static _Atomic uint32_t count;

_Thread_local struct rp_check_thread *rp_check_thread_own;

bool rp_check_thread_prepare(const struct rp_stack_options *stacks) {
    struct rp_stack_options options = *stacks;
    uint64_t tree;

    rp_check_thread_of_blocks = options.frames != 0;
    if (!rp_check_thread_of_blocks)
        options = rp_stack_options_default();
    options.sample_bytes = 0;
    capture = rp_system_map(sizeof *capture, RP_MAP_KEPT);
    if (capture == NULL ||
        !rp_shm_make_inherited(&shm, sizeof(struct rp_shm_head)))
        return false;
    tree = rp_tree_make(&shm);
    if (tree == 0 || !rp_tree_open(&capture->tree, &shm, tree))
        return false;
    rp_capture_prepare(capture, &options);
    return true;
}

// A thread's state is another's when it has ended; who it was is kept.
struct room {
    struct rp_check_thread thread;
    struct rp_walk walk;
};

__attribute__((cold)) struct rp_check_thread *rp_check_thread_make(void) {
    struct room *room = rp_system_map(sizeof *room, RP_MAP_KEPT);

    if (room == NULL)
        return NULL;
    struct rp_check_thread *thread = &room->thread;
    thread->capture.room = &room->walk;
    thread->number = add_relaxed(&count, 1) + 1; // relaxed: a number
    thread->id = rp_system_thread();
    rp_system_thread_name(0, 0, thread->name);
    thread->next = load_relaxed(&threads); // relaxed: a first guess
    // release [threads]: all of it
    while (!cas_release(&threads, &thread->next, thread))
        continue;
    return rp_check_thread_own = thread;
}

const struct rp_check_thread *rp_check_thread_find(uint32_t number) {
    // acquire [threads]: all of it
    struct rp_check_thread *thread = load_acquire(&threads);

    while (thread != NULL && (thread->number & UINT16_MAX) != number)
        thread = thread->next;
    return thread;
}

uint32_t rp_check_thread_stack(struct rp_check_thread *thread,
                               struct rp_frame from) {
    if (thread->is_busy)
        return 0;
    thread->is_busy = true;
    fence_signal();
    uint32_t stack = (uint32_t)rp_capture_stack(
        capture, &thread->capture, from.address, from.sp, from.bp, 0);
    fence_signal();
    thread->is_busy = false;
    return stack;
}

// Whether the return address still is where the frame's callee has left it.
static bool is_there(const struct rp_frame *at, uint64_t from) {
    return at->sp > from &&
           ((const uint64_t *)(uintptr_t)at->sp)[-1] == at->address;
}

uint64_t rp_check_thread_outside(struct rp_check_thread *thread,
                                 struct rp_frame from, uint64_t start,
                                 uint64_t end) {
    if (rp_check_thread_stack(thread, from) == 0)
        return 0;
    const struct rp_walk *walk = thread->capture.walk;
    // From the innermost frame outwards; it may be another stack's.
    for (uint32_t i = walk->count; i-- > 1;) {
        const struct rp_frame *at = &walk->frames[i].step.at;
        const struct rp_frame *outside = &walk->frames[i - 1].step.at;
        if (at->address > start && at->address < end)
            return is_there(at, from.sp) && is_there(outside, at->sp)
                       ? outside->sp
                       : 0;
    }
    return 0;
}

// A tag is a node below that of the innermost frame, at no address of code.
#define TAG (UINT64_C(1) << 63)

uint32_t rp_check_thread_tagged(uint32_t stack, const char *tag) {
    uint32_t number = rp_check_tag_number(tag);
    bool added;

    if (number == 0)
        return stack;
    uint32_t tagged =
        rp_tree_child(&capture->tree, stack, rp_tree_hash(stack, TAG | number),
                      TAG | number, &added);
    return tagged != 0 ? tagged : stack;
}

// What is at the node.
static uint64_t address_of(uint32_t stack) {
    const struct rp_tree_node *node = rp_tree_at(&capture->tree, stack);

    return load_relaxed(&node->address); // relaxed: by its number
}

const char *rp_check_thread_tag(uint32_t stack) {
    uint64_t address = stack != 0 ? address_of(stack) : 0;

    return (address & TAG) != 0 ? rp_check_tag_name((uint32_t)address) : NULL;
}

unsigned rp_check_thread_frames(uint32_t stack, uint64_t *frames,
                                unsigned most) {
    unsigned used = 0;

    if (stack != 0 && (address_of(stack) & TAG) != 0)
        stack = rp_tree_parent(rp_tree_at(&capture->tree, stack));
    while (stack != 0 && used < most) {
        frames[used++] = address_of(stack);
        stack = rp_tree_parent(rp_tree_at(&capture->tree, stack));
    }
    return used;
}
