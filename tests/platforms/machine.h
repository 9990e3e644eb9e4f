// machine.h - what self_check needs of a system to have threads.
#ifndef TESTS_PLATFORMS_MACHINE_H
#define TESTS_PLATFORMS_MACHINE_H

// Runs work(0 .. count - 1, context), each in a thread of its own; returns when
// all have ended. count: 1 .. 64.
void machine_run(int count, void (*work)(int index, void *context),
                 void *context);

#endif
