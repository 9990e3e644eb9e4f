// machine_posix.c - threads as POSIX has them.
#include "tests/platforms/machine.h"

#include "tests/core/threads.h"

void machine_run(int count, void (*work)(int index, void *context),
                 void *context) {
    threads_run(count, work, context);
}
