// threads.c - see threads.h.
#include "tests/models/weak/threads.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#include "tests/models/weak/choices.h"
#include "tests/models/weak/memory.h"

enum { STACK_BYTES = 256 << 10 };

// A stack of its own comes from makecontext; from then on it is jumped to,
// which takes no system call.
struct thread {
    jmp_buf born, place;
    bool has_stack;
    const void *address; // of its next operation
    bool is_load;
    void (*run)(void);
};

static struct thread threads[WEAK_THREADS];
static _Alignas(64) char stacks[WEAK_THREADS][STACK_BYTES];
static jmp_buf scheduler;
static ucontext_t starter;
static unsigned running = WEAK_THREADS;
static uint32_t alive;
static bool left;

unsigned weak_thread(void) {
    return running;
}

static void thread_main(void) {
    if (_setjmp(threads[running].born) == 0)
        setcontext(&starter);
    threads[running].run();
    alive &= ~(UINT32_C(1) << running);
    _longjmp(scheduler, 1);
}

// Up to its next operation, or its end.
static void resume(unsigned thread) {
    running = thread;
    if (_setjmp(scheduler) == 0)
        _longjmp(threads[thread].place, 1);
    running = WEAK_THREADS;
}

void weak_thread_stop(const void *address, bool is_load) {
    if (running == WEAK_THREADS)
        return;
    struct thread *thread = &threads[running];
    thread->address = address;
    thread->is_load = is_load;
    if (_setjmp(thread->place) == 0)
        _longjmp(scheduler, 1);
}

void weak_threads_leave(void) {
    left = true;
    _longjmp(scheduler, 1);
}

// Makes its stack, at whose beginning each of its runs begins.
static void make(unsigned number) {
    ucontext_t context;
    threads[number].has_stack = true;
    getcontext(&context);
    context.uc_stack.ss_sp = stacks[number];
    context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&context, thread_main, 0);
    running = number;
    swapcontext(&starter, &context);
    running = WEAK_THREADS;
}

static void start(unsigned number, void (*run)(void)) {
    if (!threads[number].has_stack)
        make(number);
    memcpy(threads[number].place, threads[number].born, sizeof(jmp_buf));
    threads[number].run = run;
    alive |= UINT32_C(1) << number;
    weak_memory_join(number, WEAK_THREADS);
}

// Of the set, those whose next operation may as well come after that one.
static uint32_t independent(uint32_t set, const void *address, bool is_load) {
    uint32_t result = 0;
    for (uint32_t rest = set; rest != 0; rest &= rest - 1) {
        const struct thread *other = &threads[__builtin_ctz(rest)];
        if (other->address != address || (other->is_load && is_load))
            result |= rest & -rest;
    }
    return result;
}

bool weak_threads_run(const struct weak_program *program) {
    uint32_t asleep = 0;
    alive = 0;
    left = false;
    for (unsigned t = 0; t < WEAK_THREADS && program->thread[t]; t++)
        start(t, program->thread[t]);
    for (uint32_t rest = alive; rest != 0 && !left; rest &= rest - 1)
        resume((unsigned)__builtin_ctz(rest)); // up to its first operation
    while (alive != 0 && !left) {
        int next = weak_choose_thread(alive, &asleep);
        if (next < 0)
            return false;
        const struct thread *thread = &threads[next];
        asleep = independent(asleep & alive & ~(UINT32_C(1) << next),
                             thread->address, thread->is_load);
        resume((unsigned)next);
    }
    running = WEAK_THREADS;
    for (unsigned t = 0; t < WEAK_THREADS && program->thread[t] && !left; t++)
        weak_memory_join(WEAK_THREADS, t);
    return !left;
}
