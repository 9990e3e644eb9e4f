// debuginfod.h - debug files from servers, by elfutils' own program.
//
// `debuginfod-find` asks the servers that DEBUGINFOD_URLS names and keeps what
// it gets in its own cache. It is a process of its own with a limit to its
// time; once that was reached, or the program is not there, nothing more is
// asked for.
#ifndef RPSCOPE_NAMES_DEBUGINFOD_H
#define RPSCOPE_NAMES_DEBUGINFOD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEBUGINFOD_ID_BYTES = 64 }; // of a build id

struct debuginfod {
    char urls[PATH_MAX]; // of the environment
    char trouble[160];   // why nothing is asked for any more; or ""
};

// Takes the servers out of the environment, where libdw would find them.
void debuginfod_take_over(struct debuginfod *servers);

// Where the debug file of the build lies now. False: no server has it, or see
// debuginfod_trouble.
bool debuginfod_find(struct debuginfod *servers, const uint8_t *id,
                     size_t bytes, char path[PATH_MAX]);

// A sentence without its end; NULL: none.
const char *debuginfod_trouble(const struct debuginfod *servers);

// The id in hexadecimal. False: there is none, or it is too long.
bool debuginfod_id_text(const uint8_t *id, size_t bytes,
                        char text[2 * DEBUGINFOD_ID_BYTES + 1]);

#endif
