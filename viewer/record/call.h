// call.h - calls a function in a process that runs, as a debugger does.
//
// Its first thread is stopped wherever it stands, made to call the function on
// its own stack, and goes on as if nothing had been: registers, and the call of
// the system that it was in, too. What was in its registers stands on the stack
// meanwhile. Signals that end this program wait until that is done.
#ifndef RPSCOPE_RECORD_CALL_H
#define RPSCOPE_RECORD_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "viewer/base/fail.h"

// The function `name`, which takes nothing and returns an int, of any file that
// the process has mapped; where several have it, in turn, until one returns no
// negative number. It must be safe wherever a thread may stand: neither
// allocate nor wait for a lock. False with a sentence behind the process's
// name: none has it, the process may not be traced, or does not stop.
bool call_in_process(uint32_t process, const char *name, int *result,
                     struct failure *failure);

#endif
