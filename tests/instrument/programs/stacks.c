// stacks.c - call stacks that are hard to walk, one kind by the first argument.
//
// Compiled in many ways by test_stacks.py. Prints "done".
#define _GNU_SOURCE // for those who compile it by hand
#include "tests/timer.h"

#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define FRAME __attribute__((noinline))

static volatile unsigned sink;

FRAME static void touch(unsigned depth) {
    void *volatile block = malloc(16 + depth % 100);

    if (depth > 0)
        touch(depth - 1);
    free(block);
    sink++;
}

// ---- shapes of frames ----

FRAME static void wide(unsigned depth);

FRAME static void with_alloca(unsigned depth) {
    volatile char *room = alloca(16 + depth * 7 % 200);

    room[0] = 1;
    wide(depth - 1);
    sink += (unsigned)room[0];
}

FRAME static void realigned(unsigned depth) {
    _Alignas(64) volatile char room[128];

    room[0] = 1;
    wide(depth - 1);
    sink += (unsigned)room[0];
}

FRAME static void wide(unsigned depth) {
    volatile char room[3000];

    room[depth] = 1;
    touch(1);
    if (depth % 3 == 1)
        with_alloca(depth);
    else if (depth > 0)
        realigned(depth);
    touch(0);
    sink += (unsigned)room[depth];
}

static void shapes(void) {
    for (unsigned i = 0; i < 300; i++)
        wide(i % 12);
}

// The same frames inside, from changing calls outside.
FRAME static void chain(unsigned depth, unsigned way) {
    if (depth == 0)
        touch(0);
    else if (way & 1)
        chain(depth - 1, way >> 1);
    else
        chain(depth - 1, way >> 1 ^ 5);
    sink++;
}

static void recursion(void) {
    for (unsigned i = 0; i < 3000; i++)
        chain(i % 40, i * 2654435761u);
    touch(400); // deeper than what is kept
    touch(400);
}

// ---- jumps ----

static jmp_buf back;

FRAME static void leap(unsigned depth) {
    touch(1);
    if (depth > 0)
        leap(depth - 1);
    if (depth == sink % 3)
        longjmp(back, 1);
    sink++;
}

FRAME static void leap_and_land(unsigned depth) {
    if (setjmp(back) == 0)
        leap(depth);
    touch(2);
}

static void jumps(void) {
    for (unsigned i = 0; i < 300; i++)
        leap_and_land(i % 9);
}

// ---- coroutines ----

enum { COROUTINES = 20, ROOM = 64 << 10 };

static ucontext_t outside, inside[COROUTINES];

FRAME static void yield(int number) {
    touch(1);
    swapcontext(&inside[number], &outside);
    sink++;
}

static void coroutine(int number) {
    for (int i = 0; i < 50; i++) {
        touch((unsigned)i % 5);
        yield(number);
    }
}

// Stacks of many sizes, which come and go at the same addresses.
static void coroutines(void) {
    for (volatile int round = 0; round < 3; round++) {
        size_t bytes = (size_t)ROOM >> round % 2;
        char *rooms[COROUTINES];
        for (volatile int i = 0; i < COROUTINES; i++) {
            rooms[i] = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            getcontext(&inside[i]);
            inside[i].uc_stack.ss_sp = rooms[i];
            inside[i].uc_stack.ss_size = bytes;
            inside[i].uc_link = &outside;
            makecontext(&inside[i], (void (*)(void))coroutine, 1, i);
        }
        for (int turn = 0; turn <= 50; turn++) {
            for (int i = 0; i < COROUTINES; i++)
                swapcontext(&outside, &inside[i]);
            touch(3);
        }
        for (int i = 0; i < COROUTINES; i++)
            munmap(rooms[i], bytes);
    }
}

// ---- signals ----

static volatile sig_atomic_t ticks;

static void tick_once(void) {
    touch(2);
    ticks++;
}

static void tick(int number) {
    (void)number;
    tick_once();
    timer_again();
}

static void tick_and_fork(int number) {
    (void)number;
    tick_once();
    if (ticks % 50 == 0) {
        pid_t child = fork();
        if (child == 0) {
            touch(3);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
    timer_again();
}

// Something to interrupt that is not the allocator.
FRAME static void spin(unsigned depth) {
    if (depth > 0)
        spin(depth - 1);
    sink++;
}

static void interrupted(void (*handler)(int), int flags, int times,
                        void (*work)(unsigned)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    stack_t other = {.ss_sp = malloc(ROOM), .ss_size = ROOM};

    sigaltstack(&other, NULL);
    sigaction(SIGALRM, &action, NULL);
    timer_start(500);
    for (; ticks < times; timer_moved())
        work(sink % 20);
    timer_stop();
    action.sa_handler = tick;
    sigaction(SIGUSR1, &action, NULL);
    for (unsigned i = 0; i < 100; i++)
        raise(SIGUSR1);
    for (unsigned i = 0; i < 200; i++)
        chain(i % 20, i);
}

static void signals(void) {
    interrupted(tick, SA_RESTART, 300, spin);
}
static void other_stack(void) {
    interrupted(tick, SA_RESTART | SA_ONSTACK, 300, spin);
}
static void forks(void) {
    interrupted(tick_and_fork, SA_RESTART, 300, spin);
}
// In the middle of malloc, free and the recorder.
static void signals_inside(void) {
    interrupted(tick, SA_RESTART, 50, touch);
}
static void forks_inside(void) {
    interrupted(tick_and_fork, SA_RESTART, 100, touch);
}

// ---- code without unwind information ----

static void called(void) {
    touch(2);
}

// Machine code made now: calls `called`, with a frame pointer or without one.
static void made_code(void) {
#if defined(__x86_64__)
    static const unsigned char with_pointer[] = {0x55, 0x48, 0x89,
                                                 0xe5, 0x48, 0xb8};
    static const unsigned char call_leave[] = {0xff, 0xd0, 0x5d, 0xc3};
    static const unsigned char without[] = {0x48, 0x83, 0xec, 0x20,
                                            0x31, 0xed, 0x48, 0xb8};
    static const unsigned char call_add[] = {0xff, 0xd0, 0x48, 0x83,
                                             0xc4, 0x20, 0x5d, 0xc3};
    unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *at = code;
    void (*target)(void) = called;

    memcpy(at, with_pointer, sizeof with_pointer);
    at += sizeof with_pointer;
    memcpy(at, &target, 8);
    memcpy(at + 8, call_leave, sizeof call_leave);
    at = code + 64;
    *at++ = 0x55; // push rbp, which is then used for something else
    memcpy(at, without, sizeof without);
    at += sizeof without;
    memcpy(at, &target, 8);
    memcpy(at + 8, call_add, sizeof call_add);
    for (unsigned i = 0; i < 500; i++) {
        ((void (*)(void))(uintptr_t)code)();
        ((void (*)(void))(uintptr_t)(code + 64))();
    }
#endif
}

// ---- threads ----

static void *in_thread(void *argument) {
    for (unsigned i = 0; i < 5; i++)
        touch((unsigned)(uintptr_t)argument % 5);
    return NULL;
}

static void start(unsigned threads, size_t stack_bytes) {
    pthread_attr_t attributes;
    pthread_t *all = malloc(threads * sizeof *all);

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&all[i], &attributes, in_thread,
                           (void *)(uintptr_t)i) != 0)
            exit(3);
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    free(all);
}

static void small_stacks(void) {
    start(50, 16 << 10);
}
static void crowd(void) {
    start(1000, 64 << 10);
}

// ---- ends of stacks ----

FRAME static void endless(unsigned depth) {
    void *volatile block = malloc(depth % 1000);

    if (block != &sink) // always
        endless(depth + 1);
    free(block);
}

static void overflow(void) {
    endless(sink);
}

// ---- libraries that come and go ----

// Loads the files by turns, which may come to lie at the same place.
static void libraries(char **files) {
    for (unsigned i = 0; i < 60; i++) {
        void *file = dlopen(files[i % 2], RTLD_NOW);
        if (file == NULL) {
            puts(dlerror());
            exit(3);
        }
        void (*enter)(void (*)(unsigned), unsigned) =
            (void (*)(void (*)(unsigned), unsigned))dlsym(file, "enter");
        for (unsigned k = 0; k < 20; k++)
            enter(touch, k % 4);
        dlclose(file);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } kinds[] = {{"shapes", shapes},
                 {"recursion", recursion},
                 {"jumps", jumps},
                 {"coroutines", coroutines},
                 {"signals", signals},
                 {"other_stack", other_stack},
                 {"forks", forks},
                 {"signals_inside", signals_inside},
                 {"forks_inside", forks_inside},
                 {"made_code", made_code},
                 {"small_stacks", small_stacks},
                 {"crowd", crowd},
                 {"overflow", overflow}};

    if (argc == 4 && strcmp(argv[1], "libraries") == 0) {
        libraries(argv + 2);
        puts("done");
        return 0;
    }
    for (unsigned i = 0; argc == 2 && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            kinds[i].run();
            puts("done");
            return 0;
        }
    }
    return 2;
}
