// capture.c - see capture.h.
#include "instrument/capture/capture.h"

#include "core/os/check.h"
#include "instrument/os/system.h"
#include "instrument/stack/libunwind.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

// The section that the static library's code is in; see site_scons.
extern const char __start_rp_text[] __attribute__((weak));
extern const char __stop_rp_text[] __attribute__((weak));
// The file that this code is in: its header, and the end of its code.
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

static_assert((int)RP_STACK_FRAMES < 1 << 15, "words of a frame, in 16 bits");

// Nothing when our own code cannot be told from the program's.
static void find_own(struct rp_walk_tools *tools) {
    ElfW(Ehdr) header;

    if (__start_rp_text != NULL) {
        tools->own_start = (uintptr_t)__start_rp_text;
        tools->own_end = (uintptr_t)__stop_rp_text;
        return;
    }
    memcpy(&header, __ehdr_start, sizeof header);
    if ((uintptr_t)__ehdr_start + header.e_phoff == getauxval(AT_PHDR))
        return; // it is the program's own file
    tools->own_start = (uintptr_t)__ehdr_start;
    tools->own_end = (uintptr_t)etext;
}

void rp_capture_prepare(struct rp_capture *capture,
                        const struct rp_stack_options *options) {
    if (options->frames != 0)
        rp_libunwind_prepare();
    capture->tools = (struct rp_walk_tools){
        .rules = &capture->rules,
        .tree = &capture->tree,
        .most = options->frames,
        .by_pointers = options->by_pointers,
        .repeats = options->sample_bytes == 0 && !rp_is_checked(),
    };
    capture->sample_bytes = options->sample_bytes;
    if (!options->by_pointers)
        capture->check_every = options->check_every;
    find_own(&capture->tools);
}

void rp_capture_start(void) {
    rp_libunwind_start();
}

void rp_capture_forget(struct rp_capture *capture, uint64_t start,
                       uint64_t end) {
    rp_unwind_rules_drop(&capture->rules, start, end);
}

// ---- by libunwind ----

// Leaves out our own frames and the end that walk.h would leave out. Returns
// the first of the rest.
static const uint64_t *trim(const struct rp_walk_tools *tools,
                            const uint64_t *raw, unsigned *count) {
    unsigned first = 0, end = *count;

    while (first < end &&
           raw[first] - tools->own_start < tools->own_end - tools->own_start)
        first++;
    while (end > first && (raw[end - 1] == 0 ||
                           rp_unwind_rules_kind(rp_unwind_rules_find(
                               tools->rules, raw[end - 1])) == RP_RULE_NOWHERE))
        end--;
    *count = end - first < tools->most ? end - first : tools->most;
    return &raw[first];
}

static uint32_t unwind(struct rp_capture *capture, struct rp_walk *walk,
                       bool *fresh) {
    if (!rp_walk_grow(walk))
        return 0;
    unsigned count =
        rp_libunwind_quickly(walk->raw, capture->tools.most + RP_OWN_FRAMES);
    const uint64_t *frames = trim(&capture->tools, walk->raw, &count);
    uint64_t hash = 0;
    uint32_t node = 0;

    add_relaxed(&capture->tree.shared->unwound, 1); // relaxed: a count
    while (count-- > 0) {
        hash = rp_tree_hash(hash, frames[count]);
        node = rp_tree_child(&capture->tree, node, hash, frames[count], fresh);
        if (node == 0)
            break;
    }
    return node;
}

// ---- the comparison ----

static bool is_same(const struct rp_capture *capture, const uint64_t *raw,
                    unsigned count, uint32_t node) {
    const struct rp_tree *tree = &capture->tree;
    const uint64_t *frames = trim(&capture->tools, raw, &count);

    for (unsigned i = 0; i < count; i++) {
        const struct rp_tree_node *at;
        if (node == 0)
            return false;
        at = rp_tree_at(tree, node);
        // relaxed: this thread has looked it up
        if (load_relaxed(&at->address) != frames[i])
            return false;
        node = rp_tree_parent(at);
    }
    return node == 0;
}

static void check(struct rp_capture *capture, struct rp_walk *walk,
                  uint32_t node) {
    const struct rp_walk_tools *tools = &capture->tools;
    unsigned most = tools->most + RP_OWN_FRAMES;

    if (!rp_walk_grow(walk))
        return;
    add_relaxed(&capture->tree.shared->checks, 1); // relaxed: a count
    if (is_same(capture, walk->raw, rp_libunwind_quickly(walk->raw, most),
                node) ||
        is_same(capture, walk->raw, rp_libunwind_carefully(walk->raw, most),
                node))
        return;
    add_relaxed(&capture->tree.shared->differences, 1); // relaxed: a count
    // Perhaps there is other code now where a rule was looked up.
    rp_unwind_rules_drop(&capture->rules, 0, UINT64_MAX);
}

// ---- a capture ----

// The rare part: the first capture of a thread, and those for libunwind.
__attribute__((cold, noinline)) static uint32_t capture_slowly(
    struct rp_capture *capture, struct rp_walk *walk, uint32_t node,
    bool *fresh) {
    int saved = errno;

    if (node == RP_WALK_HARD) {
        node = unwind(capture, walk, fresh);
    } else {
        walk->until_check = capture->check_every;
        if (capture->check_every != 0)
            check(capture, walk, node);
    }
    errno = saved;
    return node;
}

// Of a thread's first capture.
__attribute__((cold, noinline)) static struct rp_walk *make_walk(
    const struct rp_capture *capture, struct rp_thread *thread) {
    // Not this one: most threads are short, and libunwind needs a table for
    // each.
    thread->room->until_check = capture->check_every;
    rp_walk_start(thread->room);
    // relaxed: a later one is noticed with the first walk
    thread->room->version = load_relaxed(&capture->rules.version);
    return thread->walk = thread->room;
}

uint64_t rp_capture_stack(struct rp_capture *capture, struct rp_thread *thread,
                          uint64_t address, uint64_t sp, uint64_t bp,
                          size_t bytes) {
    struct rp_walk *walk = thread->walk;
    uint32_t node = RP_WALK_HARD;
    bool fresh = false;

    if (RP_UNLIKELY(walk == NULL))
        walk = make_walk(capture, thread);
    if (RP_UNLIKELY(capture->sample_bytes != 0) && bytes != RP_CAPTURE_ALWAYS &&
        !rp_sampler_take(&walk->sampler, capture->sample_bytes, bytes))
        return 0;
    bool was_in_loader = walk->in_loader;
    if (RP_WALK_CAN)
        node = rp_walk_stack(walk, &capture->tools, address, sp, bp, &fresh);
    if (RP_UNLIKELY(node == RP_WALK_HARD || --walk->until_check == 0))
        node = capture_slowly(capture, walk, node, &fresh);
    if (walk->repeated.address != 0) {
        rp_repeated_miss(&walk->repeated, walk->until_check);
        if (RP_UNLIKELY(walk->in_loader))
            rp_repeated_forget(&walk->repeated);
    }
    // When it comes from the loader, it may have loaded something.
    return node | (fresh ? RP_CAPTURE_FRESH : 0) |
           (was_in_loader && !walk->in_loader ? RP_CAPTURE_LOADER : 0);
}
