// check_deferred.c - blocks freed by threads that do not own the span, and the
// owner who takes them, as core/thread/foreign.c and core/heap/collect.c do.
#include "core/heap/notify.h"
#include "core/span/deferred.h"
#include "tests/models/weak/program.h"

enum { BLOCKS = 3, STRIDE = 2 * BLOCK_ALIGN, ALL = (1 << BLOCKS) - 1 };

static struct span span;
static struct heap heap;
static _Alignas(BLOCK_ALIGN) char memory[BLOCKS * STRIDE];
static unsigned taken;           // a bit a block
static unsigned content[BLOCKS]; // what its last user did with a block
static unsigned is_gone;         // the memory of all

static struct block *block(unsigned i) {
    return (struct block *)(memory + (size_t)i * STRIDE);
}

static void begin(void) {
    span = (struct span){.memory = memory, .capacity = BLOCKS};
    // relaxed: alone
    store_relaxed(&heap.notify, NULL);
    for (unsigned i = 0; i < BLOCKS; i++)
        content[i] = 0;
    taken = is_gone = 0;
}

// Blocks first .. last, all but the last one linked.
static void use(unsigned first, unsigned last) {
    for (unsigned i = first; i <= last; i++) {
        content[i] = 1;
        if (i < last)
            block(i)->next = block(i + 1);
    }
}

static void push(unsigned first, unsigned last) {
    if (deferred_push(&span, block(first), block(last), last - first + 1))
        notify_push(&heap, &span);
}

// The chain completes the span, whose memory then goes.
static void push_last(unsigned first, unsigned last) {
    uint32_t head;

    if (!deferred_completes(&span, last - first + 1, &head) ||
        !deferred_leave(&span, &head)) {
        push(first, last);
        return;
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        content[i] = 2;
    is_gone = 1;
    if (deferred_left(&span, DEFERRED_GONE) || head == 0)
        notify_push(&heap, &span);
}

static void take_block(unsigned i, unsigned is) {
    WEAK_EXPECT((taken & 1U << i) == 0);
    WEAK_EXPECT(content[i] == is);
    taken |= 1U << i;
    content[i] = 3; // its next user
}

static void collect(void) {
    struct span *next = notify_take(&heap);
    uint32_t count = 0;

    if (next == NULL)
        return;
    WEAK_EXPECT(next->notify_next == NULL); // it stands there once
    uint32_t head = deferred_take(next);
    if (deferred_place(head) == DEFERRED_LEAVING)
        return;
    WEAK_EXPECT(deferred_count(head) > 0);
    if (deferred_place(head) == DEFERRED_GONE) {
        WEAK_EXPECT(is_gone);
        for (; count < BLOCKS; count++)
            take_block(count, 2);
    }
    for (struct block *b = deferred_first(next, head); b; b = b->next, count++)
        take_block((unsigned)((char *)b - memory) / STRIDE, 1);
    WEAK_EXPECT(count == deferred_count(head));
}

static void free_one(void) {
    use(0, 0);
    push(0, 0);
}
static void free_two(void) {
    use(1, 2);
    push(1, 2);
}
static void free_two_and_leave(void) {
    use(1, 2);
    push_last(1, 2);
}
static void collect_twice(void) {
    collect();
    collect();
}
static void everything_is_there(void) {
    collect();
    WEAK_EXPECT(taken == ALL);
}

int main(int argc, char **argv) {
    static const struct weak_program programs[] = {
        {"deferred",
         begin,
         {free_one, free_two, collect_twice},
         everything_is_there},
        {"leaving",
         begin,
         {free_one, free_two_and_leave, collect_twice},
         everything_is_there},
    };
    return weak_main(argc, argv, programs, sizeof programs / sizeof *programs);
}
