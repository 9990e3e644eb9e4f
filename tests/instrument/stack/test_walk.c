// test_walk.c - tests instrument/stack/walk.c, each stack beside libunwind's.
#include "instrument/stack/walk.h"

#include "instrument/stack/libunwind.h"

#include <alloca.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { MOST = RP_STACK_FRAMES };

static struct rp_unwind_rules rules;
static struct rp_shm shm;
static struct rp_tree tree;
static struct rp_walk walk;
static struct rp_walk_tools tools;
static uint64_t random_state;
static unsigned captures, taken_over, repeated, wrong;

static void setup(void) {
    cr_assert(rp_shm_make_private(&shm, sizeof(struct rp_shm_head)));
    cr_assert(rp_tree_open(&tree, &shm, rp_tree_make(&shm)));
    tools = (struct rp_walk_tools){
        .rules = &rules, .tree = &tree, .most = MOST, .repeats = true};
    rp_walk_start(&walk);
    random_state = 1;
}

TestSuite(walk, .init = setup);

static uint32_t draw(uint32_t below) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % below;
}

// The addresses of a stack, innermost first, out of the tree.
static uint32_t addresses(uint32_t node, uint64_t *out) {
    uint32_t count = 0;

    for (; node != 0; node = rp_tree_parent(rp_tree_at(&tree, node)))
        out[count++] = load_relaxed(&rp_tree_at(&tree, node)->address);
    return count;
}

static uint32_t take(struct rp_frame from) {
    bool fresh = false;

    if (rp_walk_is_repeated(&walk, &from)) {
        repeated++;
        return walk.repeated.node;
    }
    return rp_walk_stack(&walk, &tools, from.address, from.sp, from.bp, &fresh);
}

// One capture, and whether it is what libunwind says.
__attribute__((noinline)) static uint32_t capture(void) {
    uint64_t expected[MOST + RP_OWN_FRAMES], got[MOST];
    uint32_t before = walk.count;
    uint32_t node = take(rp_walk_caller());

    if (node == RP_WALK_HARD) {
        wrong++;
        return 0;
    }
    uint32_t count = addresses(node, got);
    unsigned raw = rp_libunwind_quickly(expected, MOST + RP_OWN_FRAMES);
    unsigned first = 1; // after the frame in rp_libunwind_quickly, the one here
    while (raw > 0 && expected[raw - 1] == 0)
        raw--;
    while (first < raw && expected[first] != got[0])
        first++;
    unsigned most = raw - first < tools.most ? raw - first : tools.most;
    captures++;
    taken_over += before > 0 && walk.count > 0;
    wrong += count != most || memcmp(&expected[first], got, 8 * count) != 0;
    return node;
}

// Frames of many shapes, whose callers are at this call or that.
static unsigned sink;

static void wander(unsigned depth);

__attribute__((noinline)) static void with_alloca(unsigned depth) {
    volatile char *room = alloca(16 + draw(200));

    room[0] = 1;
    wander(depth);
    sink += room[0] == 1;
}

__attribute__((noinline)) static void realigned(unsigned depth) {
    _Alignas(64) volatile char room[64];

    room[1] = 1;
    wander(depth);
    sink += room[1] == 1;
}

static const void *volatile kept; // what keeps rbp the frame pointer

__attribute__((noinline)) static void with_pointer(unsigned depth) {
    kept = __builtin_frame_address(0);
    wander(depth);
    sink++;
}

__attribute__((noinline)) static void large(unsigned depth) {
    volatile char room[3000];

    room[2999] = 1;
    wander(depth);
    sink += room[2999] == 1;
}

static int compare(const void *left, const void *right) {
    if (draw(4) == 0)
        wander(0);
    return *(const int *)left - *(const int *)right;
}

__attribute__((noinline)) static void through_libc(unsigned depth) {
    int numbers[5] = {3, 1, 2, 5, 4};

    qsort(numbers, 5, sizeof *numbers, compare);
    wander(depth);
    sink += (unsigned)numbers[0];
}

__attribute__((noinline)) static void wander(unsigned depth) {
    void (*const ways[])(unsigned) = {with_alloca, realigned, with_pointer,
                                      large, through_libc};

    capture();
    if (depth == 0)
        return;
    for (unsigned times = draw(3); times > 0; times--)
        ways[draw(5)](depth - 1);
    // The same frames once more, from another call.
    if (draw(2) == 0)
        ways[draw(5)](depth - 1);
    else
        with_pointer(depth - 1);
    capture();
    sink++;
}

Test(walk, finds_what_libunwind_finds_in_frames_of_all_shapes) {
    while (captures < 20000)
        wander(8);

    cr_assert(eq(uint, wrong, 0));
    cr_assert(gt(uint, taken_over, captures / 2));
}

Test(walk, finds_what_libunwind_finds_when_stacks_are_cut) {
    for (tools.most = 1; tools.most < 12; tools.most++) {
        walk.count = 0; // the number is constant in a recording
        for (unsigned i = 0; i < 20; i++)
            wander(8);
    }

    cr_assert(eq(uint, wrong, 0));
}

// The same innermost frames at the same place, from two calls further out.
__attribute__((noinline)) static uint32_t inner(unsigned depth) {
    uint32_t node = depth == 0 ? capture() : inner(depth - 1);

    sink++;
    return node;
}

__attribute__((noinline)) static void from_two_places(uint32_t nodes[2]) {
    nodes[0] = inner(5);
    sink++;
    nodes[1] = inner(5);
    sink++;
}

Test(walk, sees_that_a_caller_further_out_has_moved_on) {
    uint32_t nodes[2], again[2];

    from_two_places(nodes);
    from_two_places(again);

    cr_assert(ne(u32, nodes[0], nodes[1]));
    cr_assert(eq(uint, wrong, 0));
    // But for where it was called from, the second time is like the first.
    cr_assert(ne(u32, again[0], nodes[0]));
}

__attribute__((noinline)) static uint32_t repeat(unsigned times) {
    uint32_t node = 0;

    while (times-- > 0)
        node = inner(20);
    sink++;
    return node;
}

Test(walk, gives_the_same_stack_the_same_number) {
    uint32_t first = repeat(1);
    uint32_t nodes[100];

    for (unsigned i = 0; i < 100; i++)
        nodes[i] = repeat(3);

    cr_assert(ne(u32, first, 0));
    for (unsigned i = 1; i < 100; i++)
        cr_assert(eq(u32, nodes[i], nodes[1]));
    cr_assert(eq(uint, wrong, 0));
}

Test(walk, takes_more_memory_when_a_stack_has_many_frames) {
    tools.most = RP_FEW_FRAMES;
    inner(1);
    cr_assert(walk.raw == NULL && walk.room == RP_FEW_FRAMES);

    tools.most = MOST;
    walk.count = 0; // the number is constant in a recording
    for (unsigned depth = 1; depth < 60; depth++)
        inner(depth);
    cr_assert(walk.raw != NULL && walk.room == RP_STACK_FRAMES);
    for (unsigned depth = 60; depth-- > 0;)
        inner(depth);
    cr_assert(eq(uint, wrong, 0));
}

Test(walk, does_not_believe_the_last_stack_when_rules_were_dropped) {
    repeat(2);

    rp_unwind_rules_drop(&rules, 0, UINT64_MAX);
    walk.frames[0].node = 0x10000001; // what must not be taken
    uint32_t node = repeat(1);

    uint64_t got[MOST];
    cr_assert(gt(u32, addresses(node, got), 20));
    cr_assert(eq(uint, wrong, 0));
}

// Two stacks in turns. From the third turn on, a walk would leave its traces.
__attribute__((noinline)) static void take_turns(uint32_t nodes[10]) {
    for (unsigned i = 0; i < 10; i += 2) {
        nodes[i] = inner(2);
        sink++;
        nodes[i + 1] = inner(7);
        sink++;
        if (i == 4)
            memset(walk.steps, 0, walk.room * sizeof *walk.steps);
    }
}

Test(walk, walks_nothing_when_stacks_take_turns) {
    uint32_t nodes[10];

    // With the few places of a new thread, the two may have the same one.
    rp_stack_cache_grow(&walk.cache);
    take_turns(nodes);

    cr_assert(eq(u64, walk.steps[0].at.address, 0));
    cr_assert(ne(u32, nodes[0], nodes[1]));
    for (unsigned i = 2; i < 10; i++)
        cr_assert(eq(u32, nodes[i], nodes[i % 2]));
    cr_assert(eq(uint, wrong, 0));
}

// ---- the same stack again and again ----

__attribute__((noinline)) static void repeat_from_two_places(
    uint32_t nodes[2]) {
    for (unsigned i = 0; i < 10; i++)
        nodes[0] = inner(5);
    for (unsigned i = 0; i < 10; i++)
        nodes[1] = inner(5);
    sink++;
}

Test(walk, compares_and_no_more_when_a_stack_comes_again_and_again) {
    uint32_t node = repeat(100);

    cr_assert(ge(uint, repeated, 90));
    cr_assert(eq(u32, walk.repeated.node, node));
    cr_assert(eq(uint, wrong, 0));
}

Test(walk, sees_that_a_stack_that_came_again_and_again_has_changed) {
    uint32_t nodes[2];

    for (unsigned i = 0; i < 10; i++)
        repeat_from_two_places(nodes);

    cr_assert(ne(u32, nodes[0], nodes[1]));
    cr_assert(gt(uint, repeated, 50));
    cr_assert(eq(uint, wrong, 0));
}

// The innermost frame and its caller's are where they were, but not that one's
// caller: only rbp tells, as what is left of the other time may be in its
// place.
__attribute__((noinline)) static void second_room(size_t bytes) {
    volatile char *room = alloca(bytes);

    for (volatile unsigned i = 0; i < 8; i++)
        capture();
    sink += room[0] == 1;
}

__attribute__((noinline)) static void two_rooms(size_t first, size_t second) {
    volatile char *room = alloca(first);

    if (first < second) {
        second_room(second);
        sink++;
    } else {
        second_room(second);
        sink += 2;
    }
    sink += room[0] == 1;
}

Test(walk, sees_that_only_a_frame_pointer_has_changed) {
    for (volatile unsigned i = 0; i < 20; i++)
        two_rooms(i % 2 == 0 ? 64 : 192, i % 2 == 0 ? 192 : 64);

    cr_assert(gt(uint, repeated, 20));
    cr_assert(eq(uint, wrong, 0));
}

// The same stack ten times, and once more after a change. It is one call: the
// compiler must not make the last one another.
static unsigned before_change;

__attribute__((noinline)) static uint32_t repeat_and_change(
    void (*change)(void)) {
    uint32_t node = 0;

    for (volatile unsigned times = 0; times < 11; times++) {
        if (times == 10) {
            change();
            before_change = repeated;
        }
        node = inner(3);
    }
    cr_assert(gt(uint, before_change, 0));
    return node;
}

static void drop_rules(void) {
    rp_unwind_rules_drop(&rules, 0, UINT64_MAX);
    walk.repeated.node = 0x10000001; // what must not be taken
}

Test(walk, does_not_believe_the_repeated_stack_when_rules_were_dropped) {
    cr_assert(ne(u32, repeat_and_change(drop_rules), 0x10000001));
    cr_assert(eq(uint, repeated, before_change));
    cr_assert(eq(uint, wrong, 0));
}

static void pass_on(void) {
    rp_walk_pass_on(&walk);
}

Test(walk, does_not_believe_the_repeated_stack_of_another_thread) {
    repeat_and_change(pass_on);

    cr_assert(eq(uint, repeated, before_change));
    cr_assert(eq(uint, wrong, 0));
}

static void compare_now(void) {
    walk.until_check = 1;
}

Test(walk, says_when_it_is_time_to_compare_with_libunwind) {
    repeat_and_change(compare_now);

    // Until whoever asks for it has counted anew.
    cr_assert(eq(uint, repeated, before_change));
    cr_assert(eq(u32, walk.until_check, 1));
}

static jmp_buf back;

__attribute__((noinline)) static void jump(unsigned depth) {
    if (depth > 0)
        jump(depth - 1);
    sink++;
    if (sink % 2 == depth % 2) {
        capture();
        longjmp(back, 1);
    }
    capture();
}

__attribute__((noinline)) static void call_and_come_back(unsigned depth) {
    if (setjmp(back) == 0)
        jump(depth);
    capture();
}

Test(walk, goes_on_after_longjmp) {
    for (unsigned i = 0; i < 500; i++) {
        call_and_come_back(i % 7);
        inner(i % 5);
    }

    cr_assert(eq(uint, wrong, 0));
}

// ---- other stacks ----

static ucontext_t outside, coroutine;
static uint32_t coroutine_frames;

// Stacks of coroutines end in what is no code, which libunwind tells, too.
__attribute__((noinline)) static void capture_inside(void) {
    uint64_t got[MOST];
    uint32_t node = take(rp_walk_caller());

    cr_assert(ne(u32, node, RP_WALK_HARD));
    coroutine_frames = addresses(node, got);
    for (uint32_t i = 0; i < coroutine_frames; i++)
        wrong += rp_unwind_rules_kind(rp_unwind_rules_find(&rules, got[i])) ==
                 RP_RULE_NOWHERE;
}

static void body(void) {
    for (;;) {
        capture_inside();
        sink++;
        swapcontext(&coroutine, &outside);
    }
}

Test(walk, ends_where_the_stack_of_a_coroutine_ends) {
    enum { BYTES = 64 << 10 };
    char *room = malloc(BYTES);

    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = room;
    coroutine.uc_stack.ss_size = BYTES;
    coroutine.uc_link = NULL;
    makecontext(&coroutine, body, 0);
    for (unsigned i = 0; i < 100; i++) {
        inner(i % 9);
        swapcontext(&outside, &coroutine);
    }

    cr_assert(eq(uint, wrong, 0));
    cr_assert(ge(u32, coroutine_frames, 1));
    cr_assert(le(u32, coroutine_frames, 3));
    free(room);
}

Test(walk, refuses_a_stack_that_cannot_be_read) {
    struct rp_frame from = rp_walk_caller();

    from.sp = 4096;

    cr_assert(eq(u32, take(from), RP_WALK_HARD));
}

Test(walk, ends_where_rbp_leads_nowhere) {
    for (unsigned i = 0; i < 1000; i++) {
        struct rp_frame from = rp_walk_caller();

        from.address = 100; // nobody's code: only rbp is left
        from.bp = i % 3 == 0 ? from.sp + draw(5000) : draw(1 << 30);
        take(from);
    }
}

__attribute__((noinline)) static uint32_t by_pointers(unsigned depth) {
    kept = __builtin_frame_address(0);
    uint32_t node =
        depth == 0 ? take(rp_walk_caller()) : by_pointers(depth - 1);

    sink++;
    return node;
}

Test(walk, follows_frame_pointers_when_told_to) {
    uint64_t got[MOST];

    tools.by_pointers = true;
    uint32_t first = by_pointers(10);
    uint32_t node = by_pointers(10);
    uint32_t count = addresses(node, got);

    cr_assert(ne(u32, first, node));
    cr_assert(ge(u32, count, 11));
    for (unsigned i = 1; i < 10; i++)
        cr_assert(eq(u64, got[i], got[0]));
}
