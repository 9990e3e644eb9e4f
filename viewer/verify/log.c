// log.c - the log of the calls of a program (instrument/verify/call_log.h).
#include "viewer/verify/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/memory.h"

bool verify_log_create(const char *path, struct failure *failure) {
    static const uint32_t magic = WITNESS_MAGIC;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = file >= 0 && ftruncate(file, WITNESS_CHUNK) == 0 &&
                pwrite(file, &magic, sizeof magic, 0) == sizeof magic;
    if (!good)
        fail(failure, "cannot write \"%s\": %s", path, strerror(errno));
    if (file >= 0)
        close(file);
    return good;
}

// ---- what is in it ----

static void log_count_spans(struct verify_log *log) {
    // A bit for each span; huge blocks are numbered apart.
    uint8_t *seen[2] = {NULL, NULL};
    size_t room[2] = {0, 0};
    for (size_t t = 0; t < log->thread_count; t++) {
        const struct verify_thread *thread = &log->threads[t];
        for (uint64_t i = 0; i < thread->count; i++) {
            const struct witness_event *event = verify_log_event(thread, i);
            uint32_t number = event->span & 0x7fffffff;
            int huge = event->span >> 31;
            if (event->span == UINT32_MAX)
                continue;
            if (number / 8 >= room[huge]) {
                size_t more = number / 8 + 4096;
                seen[huge] = memory_resize(seen[huge], more, 1);
                memset(seen[huge] + room[huge], 0, more - room[huge]);
                room[huge] = more;
            }
            log->spans += !(seen[huge][number / 8] >> number % 8 & 1);
            seen[huge][number / 8] |= (uint8_t)(1 << number % 8);
        }
    }
    free(seen[0]);
    free(seen[1]);
}

static void log_count_calls(struct verify_log *log) {
    for (size_t t = 0; t < log->thread_count; t++) {
        struct verify_thread *thread = &log->threads[t];
        for (uint64_t i = 0; i < thread->count; i++) {
            const struct witness_event *event = verify_log_event(thread, i);
            if (event->kind != WITNESS_STATISTIC)
                thread->calls++;
            else if (event->detail == WITNESS_HELD_PEAK &&
                     event->size > log->held_peak)
                log->held_peak = event->size;
        }
        log->calls += thread->calls;
        size_t fellows = 0;
        for (size_t u = 0; u <= t; u++)
            fellows += log->threads[u].image == thread->image;
        if (fellows > log->most_threads)
            log->most_threads = fellows;
    }
}

static void log_add_chunk(struct verify_log *log,
                          const struct witness_chunk *chunk) {
    uint32_t events = chunk->count;
    // Nobody's, or begun and not written: the program was killed.
    if (events == 0 || events > WITNESS_EVENTS || chunk->thread == 0 ||
        chunk->thread > log->thread_count)
        return;
    struct verify_thread *thread = &log->threads[chunk->thread - 1];
    thread->chunks = memory_resize(thread->chunks, thread->chunk_count + 1,
                                   sizeof(const struct witness_chunk *));
    thread->chunks[thread->chunk_count++] = chunk;
    thread->count += events;
    thread->image = chunk->image;
}

bool verify_log_open(struct verify_log *log, const char *path,
                     struct failure *failure) {
    *log = (struct verify_log){.head = NULL};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        fail(failure, "cannot read \"%s\": %s", path, strerror(errno));
        if (file >= 0)
            close(file);
        return false;
    }
    log->size = (size_t)status.st_size;
    void *at = mmap(NULL, log->size, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (at == MAP_FAILED)
        return fail(failure, "cannot read \"%s\": %s", path, strerror(errno));
    log->head = at;
    log->thread_count = log->head->threads;
    log->threads =
        memory_zeroed(log->thread_count + 1, sizeof(struct verify_thread));
    for (uint32_t i = 1; i <= log->head->chunks; i++)
        if ((size_t)(i + 1) * WITNESS_CHUNK <= log->size)
            log_add_chunk(
                log, (const struct witness_chunk *)((char *)at +
                                                    (size_t)i * WITNESS_CHUNK));
    log_count_calls(log);
    log_count_spans(log);
    return true;
}

void verify_log_close(struct verify_log *log) {
    for (size_t t = 0; t < log->thread_count; t++)
        free(log->threads[t].chunks);
    free(log->threads);
    if (log->head)
        munmap((void *)(uintptr_t)log->head, log->size);
    *log = (struct verify_log){.head = NULL};
}

// ---- as text ----

void verify_log_site(const struct verify_log *log, uint64_t address, char *text,
                     size_t size) {
    char lowest[512] = "";
    uint64_t base = 0;
    snprintf(text, size, "0x%" PRIx64, address);
    const char *line = log->head->maps;
    const char *end = line + (log->head->map_bytes < sizeof log->head->maps
                                  ? log->head->map_bytes
                                  : sizeof log->head->maps);
    for (const char *next; line < end; line = next + 1) {
        next = memchr(line, '\n', (size_t)(end - line));
        if (!next)
            break;
        char one[1024], path[512] = "";
        uint64_t from, to;
        snprintf(one, sizeof one, "%.*s", (int)(next - line), line);
        if (sscanf(one, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %511[^\n]",
                   &from, &to, path) < 2)
            continue;
        if (strcmp(path, lowest) != 0) {
            snprintf(lowest, sizeof lowest, "%s", path);
            base = from;
        }
        if (address >= from && address < to && *path)
            snprintf(text, size, "%s+0x%" PRIx64, path, address - base);
    }
}

void verify_log_call(const struct witness_event *event, char *text,
                     size_t size) {
    static const char *const names[WITNESS_KINDS] = {
        [WITNESS_MALLOC] = "malloc",
        [WITNESS_CALLOC] = "calloc",
        [WITNESS_REALLOC] = "realloc",
        [WITNESS_REALLOC_OF] = "realloc",
        [WITNESS_ALIGNED_ALLOC] = "aligned_alloc",
        [WITNESS_MEMALIGN] = "memalign",
        [WITNESS_POSIX_MEMALIGN] = "posix_memalign",
        [WITNESS_VALLOC] = "valloc",
        [WITNESS_PVALLOC] = "pvalloc",
        [WITNESS_NEW] = "new",
        [WITNESS_NEW_ARRAY] = "new[]",
        [WITNESS_FREE] = "free",
        [WITNESS_DELETE] = "delete",
        [WITNESS_DELETE_ARRAY] = "delete[]",
        [WITNESS_USABLE_SIZE] = "malloc_usable_size",
        [WITNESS_STATISTIC] = "rpmalloc_global_statistics"};
    const char *name = event->kind < WITNESS_KINDS ? names[event->kind] : "?";
    switch (event->kind) {
    case WITNESS_FREE:
    case WITNESS_DELETE:
    case WITNESS_DELETE_ARRAY:
    case WITNESS_USABLE_SIZE:
    case WITNESS_REALLOC_OF:
        if (event->span == UINT32_MAX)
            snprintf(text, size, "%s of NULL", name);
        else
            snprintf(text, size, "%s of span %u + %u", name, event->span,
                     event->offset);
        break;
    default:
        if (event->detail && event->kind != WITNESS_STATISTIC)
            snprintf(text, size, "%s(%" PRIu64 ") aligned to %" PRIu64, name,
                     event->size, (uint64_t)1 << event->detail);
        else
            snprintf(text, size, "%s(%" PRIu64 ")", name, event->size);
    }
}

const char *verify_log_statistic(const struct witness_event *event) {
    static const char *const names[WITNESS_STATISTICS] = {
        [WITNESS_HELD] = "bytes held",
        [WITNESS_HELD_PEAK] = "most bytes held",
        [WITNESS_THREAD_CACHE] = "bytes in thread caches",
        [WITNESS_GLOBAL_CACHE] = "bytes in the global cache",
        [WITNESS_NEVER_USED] = "bytes never used or given back",
        [WITNESS_LARGE] = "bytes of large blocks",
        [WITNESS_HUGE] = "bytes of huge blocks",
        [WITNESS_BOOKKEEPING] = "bytes of book-keeping",
        [WITNESS_SEGMENTS] = "segments",
        [WITNESS_HEAPS] = "heaps"};
    return event->detail < WITNESS_STATISTICS ? names[event->detail] : "?";
}
