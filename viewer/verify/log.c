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
    static const uint32_t magic = CALL_LOG_MAGIC;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = file >= 0 && ftruncate(file, CALL_LOG_CHUNK) == 0 &&
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
            const struct call_log_event *event = verify_log_event(thread, i);
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
            const struct call_log_event *event = verify_log_event(thread, i);
            if (event->kind != CALL_LOG_STATISTIC)
                thread->calls++;
            else if (event->detail == CALL_LOG_HELD_PEAK &&
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
                          const struct call_log_chunk *chunk) {
    uint32_t events = chunk->count;
    // Nobody's, or begun and not written: the program was killed.
    if (events == 0 || events > CALL_LOG_EVENTS || chunk->thread == 0 ||
        chunk->thread > log->thread_count)
        return;
    struct verify_thread *thread = &log->threads[chunk->thread - 1];
    thread->chunks = memory_resize(thread->chunks, thread->chunk_count + 1,
                                   sizeof(const struct call_log_chunk *));
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
        if ((size_t)(i + 1) * CALL_LOG_CHUNK <= log->size)
            log_add_chunk(
                log,
                (const struct call_log_chunk *)((char *)at +
                                                (size_t)i * CALL_LOG_CHUNK));
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

void verify_log_call(const struct call_log_event *event, char *text,
                     size_t size) {
    static const char *const names[CALL_LOG_KINDS] = {
        [CALL_LOG_MALLOC] = "malloc",
        [CALL_LOG_CALLOC] = "calloc",
        [CALL_LOG_REALLOC] = "realloc",
        [CALL_LOG_REALLOC_OF] = "realloc",
        [CALL_LOG_ALIGNED_ALLOC] = "aligned_alloc",
        [CALL_LOG_MEMALIGN] = "memalign",
        [CALL_LOG_POSIX_MEMALIGN] = "posix_memalign",
        [CALL_LOG_VALLOC] = "valloc",
        [CALL_LOG_PVALLOC] = "pvalloc",
        [CALL_LOG_NEW] = "new",
        [CALL_LOG_NEW_ARRAY] = "new[]",
        [CALL_LOG_FREE] = "free",
        [CALL_LOG_DELETE] = "delete",
        [CALL_LOG_DELETE_ARRAY] = "delete[]",
        [CALL_LOG_USABLE_SIZE] = "malloc_usable_size",
        [CALL_LOG_STATISTIC] = "rpmalloc_global_statistics"};
    const char *name = event->kind < CALL_LOG_KINDS ? names[event->kind] : "?";
    switch (event->kind) {
    case CALL_LOG_FREE:
    case CALL_LOG_DELETE:
    case CALL_LOG_DELETE_ARRAY:
    case CALL_LOG_USABLE_SIZE:
    case CALL_LOG_REALLOC_OF:
        if (event->span == UINT32_MAX)
            snprintf(text, size, "%s of NULL", name);
        else
            snprintf(text, size, "%s of span %u + %u", name, event->span,
                     event->offset);
        break;
    default:
        if (event->detail && event->kind != CALL_LOG_STATISTIC)
            snprintf(text, size, "%s(%" PRIu64 ") aligned to %" PRIu64, name,
                     event->size, (uint64_t)1 << event->detail);
        else
            snprintf(text, size, "%s(%" PRIu64 ")", name, event->size);
    }
}

const char *verify_log_statistic(const struct call_log_event *event) {
    static const char *const names[CALL_LOG_STATISTICS] = {
        [CALL_LOG_HELD] = "bytes held",
        [CALL_LOG_HELD_PEAK] = "most bytes held",
        [CALL_LOG_THREAD_CACHE] = "bytes in thread caches",
        [CALL_LOG_GLOBAL_CACHE] = "bytes in the global cache",
        [CALL_LOG_NEVER_USED] = "bytes never used or given back",
        [CALL_LOG_LARGE] = "bytes of large blocks",
        [CALL_LOG_HUGE] = "bytes of huge blocks",
        [CALL_LOG_BOOKKEEPING] = "bytes of book-keeping",
        [CALL_LOG_SEGMENTS] = "segments",
        [CALL_LOG_HEAPS] = "heaps"};
    return event->detail < CALL_LOG_STATISTICS ? names[event->detail] : "?";
}
