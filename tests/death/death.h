// death.h - a misuse, in a child process, and how that process ends.
#ifndef TESTS_DEATH_DEATH_H
#define TESTS_DEATH_DEATH_H

// What became of a process.
struct death {
    int signal;         // that killed it, 0: it ended by itself
    char message[1024]; // what it wrote to stderr
};

// Runs `misuse` in a child process, without recording, to its end.
struct death die_of(void (*misuse)(void));

#endif
