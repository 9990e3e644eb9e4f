// stack_games.c - stacks that are switched, unmapped, and come back smaller at
// the same address, with whatever beyond them; at random, by a seed.
//
// Argument: the seed. All rounds lie in one area, so that what was learnt of
// one stack is about the next one, too. Prints "done".
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

enum {
    PAGE = 4096,
    AREA = 512 << 10,
    LEAST = 32 << 10,
    FIBERS = 4,
    FRAME = 512, // about
    ROUNDS = 200,
};

struct fiber {
    ucontext_t context;
    char *low;
    size_t bytes;
    unsigned deepest;
    uint64_t random;
    int ended;
};

static ucontext_t outside;
static char *area;
static uint64_t random_state;
static volatile unsigned sink;

static uint32_t draw_from(uint64_t *state, uint32_t below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

static uint32_t draw(uint32_t below) {
    return draw_from(&random_state, below);
}

// ---- what runs on the stacks ----

__attribute__((noinline)) static void dig(struct fiber *fiber, unsigned depth) {
    volatile char room[FRAME - 64];
    void *volatile block = NULL;

    room[depth % (FRAME - 64)] = 1;
    if (depth % 8 == 0 || draw_from(&fiber->random, 16) == 0)
        block = malloc(16 + depth % 100);
    if (depth > 0)
        dig(fiber, depth - 1);
    free(block);
    sink += (unsigned)room[depth % (FRAME - 64)];
}

__attribute__((noinline)) static void dig_wider(struct fiber *fiber,
                                                unsigned depth) {
    volatile char room[200];

    room[depth % 200] = 1;
    dig(fiber, depth / 2);
    sink += (unsigned)room[depth % 200];
}

static void work(struct fiber *fiber, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        unsigned depth = draw_from(&fiber->random, fiber->deepest);
        if (depth % 4 == 0)
            dig_wider(fiber, depth);
        else
            dig(fiber, depth);
    }
}

static void leave(struct fiber *fiber, int ended) {
    fiber->ended = ended;
    swapcontext(&fiber->context, &outside);
}

static void run_fiber(unsigned high, unsigned low) {
    struct fiber *fiber = (void *)((uintptr_t)high << 32 | low);

    for (;;) {
        work(fiber, 3);
        leave(fiber, draw_from(&fiber->random, 3) == 0);
    }
}

static void *run_thread(void *argument) {
    work(argument, 6);
    return NULL;
}

// ---- stacks ----

// A new one at the area's start, or somewhere in it. Around it is nothing, or
// what must not be read.
static void place(struct fiber *fiber, char *low, size_t most) {
    int guards = draw(2) == 0;

    fiber->low = low;
    fiber->bytes = LEAST + draw((uint32_t)(most - LEAST) / PAGE + 1) * PAGE;
    munmap(low, most);
    if (guards)
        mmap(low, most, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
             0);
    if (mmap(low, fiber->bytes, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != low)
        exit(3);
    fiber->deepest = (unsigned)(fiber->bytes - (16 << 10)) / FRAME;
    fiber->random = random_state;
    fiber->ended = 0;
}

static void thread_round(void) {
    static struct fiber stack;
    pthread_attr_t attributes;
    pthread_t thread;

    place(&stack, area, AREA);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack.low, stack.bytes);
    if (pthread_create(&thread, &attributes, run_thread, &stack) != 0)
        exit(3);
    pthread_join(thread, NULL);
    munmap(stack.low, stack.bytes);
}

// astray: its outermost frame has a return address and a frame pointer that
// lead nowhere, or into what a larger stack had there.
static void prepare(struct fiber *fiber, int astray) {
    ucontext_t *context = &fiber->context;
    uintptr_t pointer = (uintptr_t)fiber;

    getcontext(context);
    context->uc_stack.ss_sp = fiber->low;
    context->uc_stack.ss_size = fiber->bytes;
    context->uc_link = NULL;
    makecontext(context, (void (*)(void))run_fiber, 2,
                (unsigned)(pointer >> 32), (unsigned)pointer);
#if defined(__x86_64__)
    if (astray) {
        uint64_t wild = UINT64_C(0x123456780000) + draw(PAGE);
        uint64_t top = (uint64_t)(uintptr_t)fiber->low + fiber->bytes;
        memcpy((void *)(uintptr_t)context->uc_mcontext.gregs[REG_RSP], &wild,
               8);
        context->uc_mcontext.gregs[REG_RBP] =
            (long long)(top + draw(12 << 10) / 8 * 8);
    }
#else
    (void)astray;
#endif
}

static void fibers_round(void) {
    static struct fiber fibers[FIBERS];
    size_t most = AREA / FIBERS;

    for (int i = 0; i < FIBERS; i++) {
        place(&fibers[i], area + (size_t)i * most, most);
        prepare(&fibers[i], draw(2) == 0);
    }
    for (int turn = 0; turn < 12; turn++) {
        struct fiber *fiber = &fibers[draw(FIBERS)];
        swapcontext(&outside, &fiber->context);
        if (draw(4) == 0)
            free(malloc(10));
        if (!fiber->ended && draw(8) != 0)
            continue;
        place(fiber, fiber->low, most);
        prepare(fiber, draw(2) == 0);
    }
}

int main(int argc, char **argv) {
    if (argc != 2)
        return 2;
    random_state = strtoull(argv[1], NULL, 10);
    // Where the system puts nothing by itself, so that a hole stays one.
    area = (char *)((uintptr_t)0x100000 << 20);
    for (int i = 0; i < ROUNDS; i++) {
        if (draw(2) == 0)
            thread_round();
        else
            fibers_round();
    }
    puts("done");
    return 0;
}
