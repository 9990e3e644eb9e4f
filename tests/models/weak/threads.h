// threads.h - the threads of a program, of which one runs at a time.
//
// They are coroutines. Each stops before each of its atomic operations; which
// one goes on is a choice. Two threads whose next operations are at different
// places, or both loads, do the same in either order: only one order is run
// (sleep sets; Godefroid, Partial-order methods for the verification of
// concurrent systems, 1996).
#ifndef WEAK_THREADS_H
#define WEAK_THREADS_H

#include <stdbool.h>

#include "tests/models/weak/program.h"

// Runs the threads once, to their ends. false: it is one of those orders that
// need no end.
bool weak_threads_run(const struct weak_program *program);

// Who runs; WEAK_THREADS: what is before and after them.
unsigned weak_thread(void);
// Before an atomic operation: comes back when it may be done.
void weak_thread_stop(const void *address, bool is_load);
// Ends the present execution, from any thread of it.
_Noreturn void weak_threads_leave(void);

#endif
