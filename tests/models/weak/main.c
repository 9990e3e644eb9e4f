// main.c - all executions of a program, and of it with weaker orders.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/models/weak/choices.h"
#include "tests/models/weak/memory.h"
#include "tests/models/weak/orders.h"
#include "tests/models/weak/program.h"
#include "tests/models/weak/threads.h"

static char failure[256];
static unsigned long executions; // of the present program
static jmp_buf alone;            // where begin and end go on when they fail

void weak_fail(const char *what) {
    if (!*failure)
        snprintf(failure, sizeof failure, "%s", what);
    if (weak_thread() != WEAK_THREADS)
        weak_threads_leave();
    longjmp(alone, 1);
}

// Runs once; 1: it was an execution of its own.
static unsigned run_once(const struct weak_program *program) {
    if (setjmp(alone) != 0)
        return 1;
    weak_memory_begin();
    program->begin();
    if (!weak_threads_run(program))
        return *failure != 0;
    program->end();
    return 1;
}

const char *weak_run(const struct weak_program *program) {
    executions = 0;
    *failure = 0;
    weak_choices_begin();
    do
        executions += run_once(program);
    while (!*failure && weak_choices_next());
    return *failure ? failure : NULL;
}

// relaxed: the number of an order, or -1.
static bool tell(const char *name, int relaxed, const char *failed) {
    const char *half;
    printf("%s:", name);
    if (relaxed >= 0) {
        const void *place = weak_order_place((unsigned)relaxed, &half);
        printf(" without %p %s", place, half);
    }
    printf(" %s, %lu executions%s%s\n", failed ? "fails" : "holds", executions,
           failed ? ": " : "", failed ? failed : "");
    return failed == NULL;
}

static bool check(const struct weak_program *program, bool is_relaxed) {
    weak_orders_begin();
    bool holds = tell(program->name, -1, weak_run(program));
    if (!is_relaxed)
        return holds;
    for (int i = 0; holds && i < (int)weak_order_count(); i++) {
        weak_order_relax(i);
        tell(program->name, i, weak_run(program));
    }
    return holds;
}

int weak_main(int argc, char **argv, const struct weak_program *programs,
              size_t count) {
    int status = 0;
    bool is_relaxed = argc < 2 || strcmp(argv[1], "unchanged") != 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < count; i++)
        if (argc < 2 || !is_relaxed || strcmp(argv[1], programs[i].name) == 0)
            status |= !check(&programs[i], is_relaxed);
    return status;
}

// CHECK of the code itself.
_Noreturn void rp_fatal(const char *message);
_Noreturn void rp_fatal(const char *message) {
    weak_fail(message);
    __builtin_unreachable();
}
