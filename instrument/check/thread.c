// thread.c - see thread.h.
#include "instrument/check/thread.h"

#include "core/base/atomic.h"
#include "instrument/os/clock.h"
#include "instrument/os/system.h"

#include <errno.h>

static struct rp_shm shm;
static struct rp_capture *capture;
static bool of_blocks;
static struct rp_check_thread *_Atomic threads;
static _Atomic uint32_t count;

static _Thread_local struct rp_check_thread *mine
    __attribute__((tls_model("initial-exec")));

bool rp_check_thread_prepare(const struct rp_stack_options *stacks) {
    struct rp_stack_options options = *stacks;
    uint64_t tree;

    of_blocks = options.frames != 0;
    if (!of_blocks)
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

__attribute__((cold, noinline)) static struct rp_check_thread *make(void) {
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
    return mine = thread;
}

struct rp_check_thread *rp_check_thread_mine(void) {
    return RP_LIKELY(mine != NULL) ? mine : make();
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

uint32_t rp_check_thread_block_stack(struct rp_check_thread *thread,
                                     struct rp_frame from) {
    return of_blocks ? rp_check_thread_stack(thread, from) : 0;
}

unsigned rp_check_thread_frames(uint32_t stack, uint64_t *frames,
                                unsigned most) {
    unsigned used = 0;

    while (stack != 0 && used < most) {
        const struct rp_tree_node *node = rp_tree_at(&capture->tree, stack);
        frames[used++] = load_relaxed(&node->address); // relaxed: by its number
        stack = rp_tree_parent(node);
    }
    return used;
}
