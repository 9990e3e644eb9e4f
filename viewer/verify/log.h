// log.h - the log of the calls of a program (instrument/verify/call_log.h).
#ifndef RPSCOPE_VERIFY_LOG_H
#define RPSCOPE_VERIFY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instrument/verify/call_log.h"
#include "viewer/base/fail.h"

struct verify_thread {
    const struct call_log_chunk **chunks; // all but the last are full
    size_t chunk_count;
    uint64_t count; // events
    uint64_t calls; // events without statistics
    uint32_t image; // the program it is of: a process may become another
};

struct verify_log {
    const struct call_log_head *head; // NULL: there is none
    size_t size;
    struct verify_thread *threads;
    size_t thread_count;
    uint64_t calls;
    uint64_t spans;      // different ones that blocks were put into
    uint64_t held_peak;  // bytes, as far as was noted
    size_t most_threads; // that one program had
};

// Writes an empty log.
bool verify_log_create(const char *path, struct failure *failure);

bool verify_log_open(struct verify_log *log, const char *path,
                     struct failure *failure);
void verify_log_close(struct verify_log *log);

// event: below the thread's count.
static inline const struct call_log_event *verify_log_event(
    const struct verify_thread *thread, uint64_t event) {
    return &thread->chunks[event / CALL_LOG_EVENTS]
                ->events[event % CALL_LOG_EVENTS];
}

// Where an address of the observed program lies: "/usr/bin/lua5.4+0x1234".
void verify_log_site(const struct verify_log *log, uint64_t address, char *text,
                     size_t size);

// A call as the program wrote it, about: "malloc(100)".
void verify_log_call(const struct call_log_event *event, char *text,
                     size_t size);

// The name of a statistic: "held bytes".
const char *verify_log_statistic(const struct call_log_event *event);

#endif
