// program.h - what is checked: a few threads of a few calls each.
//
// Each program is run in every way in which the operations of its threads may
// follow each other and in which its atomic loads may be late, as C11 allows
// for release, acquire and relaxed (see memory.h for what that means). The code
// that it calls is the real one; it is only compiled with the compiler's hooks
// for data races, which runtime.c implements.
#ifndef WEAK_PROGRAM_H
#define WEAK_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

enum { WEAK_THREADS = 3 };

struct weak_program {
    const char *name;
    void (*begin)(void);                // alone, before all threads
    void (*thread[WEAK_THREADS])(void); // up to the first NULL
    void (*end)(void);                  // alone, after all of them
};

// Must hold; otherwise what was done until then is told, as a failure. From any
// thread.
#define WEAK_EXPECT(condition) ((condition) ? (void)0 : weak_fail(#condition))
void weak_fail(const char *what);

// Accesses to this atomic are not looked at: a counter that orders nothing.
void weak_ignore(const void *atomic);

// Runs it in every way, up to one that fails. Returns what failed, or NULL.
const char *weak_run(const struct weak_program *program);

// Checks the programs, each as it is, and then with every order of theirs made
// relaxed, one at a time. Arguments: none, or the name of one, or "unchanged":
// all, but only as they are. Prints a line for each. Returns the exit status:
// 0, if each holds as it is.
int weak_main(int argc, char **argv, const struct weak_program *programs,
              size_t count);

#endif
