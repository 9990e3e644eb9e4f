// log.c - writing down a call, from the functions of malloc.
#include "instrument/verify/log.h"

#include "core/base/atomic.h"
#include "core/rpmalloc.h"
#include "instrument/verify/map.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EVENTS_BETWEEN_STATISTICS = 2048 };

// In memory that is wiped for a forked child: what it sees is `head` NULL.
struct wiped {
    struct call_log_head *head;
};

static struct {
    int is_asked; // whether there is a log to write
    char path[PATH_MAX];
    struct wiped *wiped; // NULL: nothing is written
    struct rpmalloc_place (*place_of)(const void *block);
    void (*statistics)(struct rpmalloc_global_statistics *result);
    _Atomic(uint32_t) threads; // of this program that have called
} self;

static _Thread_local struct {
    struct call_log_chunk *chunk;
    uint32_t thread;
    uint32_t count;            // events in the chunk
    uint32_t until_statistics; // events to come
    int is_full;               // no more chunks
} mine;

void *rp_log_next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);

    if (function != NULL)
        rp_map_learn(function);
    return function;
}

// System calls as such: those of the C library are cancellation points.
static int log_open(void) {
    return (int)syscall(SYS_openat, AT_FDCWD, self.path, O_RDWR | O_CLOEXEC, 0);
}

static void *log_map(uint32_t chunk) {
    off_t at = (off_t)chunk * CALL_LOG_CHUNK;
    void *mapped = MAP_FAILED;
    int file = log_open();

    if (file < 0)
        return MAP_FAILED;
    if (syscall(SYS_fallocate, file, 0, at, (off_t)CALL_LOG_CHUNK) == 0)
        mapped = mmap(NULL, CALL_LOG_CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED,
                      file, at);
    syscall(SYS_close, file);
    return mapped;
}

static void log_maps(struct call_log_head *head) {
    int file = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps",
                            O_RDONLY | O_CLOEXEC, 0);
    size_t size = 0;
    long got = 1;

    if (file < 0)
        return;
    while (size < sizeof head->maps && got > 0) {
        got = syscall(SYS_read, file, head->maps + size,
                      sizeof head->maps - size);
        size += got > 0 ? (size_t)got : 0;
    }
    head->map_bytes = (uint32_t)size;
    syscall(SYS_close, file);
}

// Whether this process is the one to be observed: the first, also when it has
// become another program.
static int log_is_ours(struct call_log_head *head) {
    uint32_t nobody = 0;
    uint32_t process = (uint32_t)getpid();

    // relaxed: nothing else is read before the process has claimed it, and
    // `rpscope verify` reads when the process has ended.
    return cas_strong_relaxed(&head->owner, &nobody, process) ||
           nobody == process;
}

static void log_begin(const char *path) {
    struct wiped *wiped = mmap(NULL, sizeof *wiped, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (wiped == MAP_FAILED || strlen(path) >= sizeof self.path ||
        madvise(wiped, sizeof *wiped, MADV_WIPEONFORK) != 0)
        return;
    strcpy(self.path, path);
    struct call_log_head *head = log_map(0);
    if (head == MAP_FAILED)
        return;
    if (head->magic != CALL_LOG_MAGIC || !log_is_ours(head)) {
        munmap(head, sizeof *head);
        return;
    }
    Dl_info found;
    void *next = rp_log_next("malloc");
    if (next != NULL && dladdr(next, &found) != 0 &&
        strlen(found.dli_fname) < sizeof head->library)
        strcpy(head->library, found.dli_fname);
    *(void **)&self.place_of = rp_log_next("rpmalloc_place_of");
    *(void **)&self.statistics = rp_log_next("rpmalloc_global_statistics");
    head->has_places = self.place_of != NULL && self.statistics != NULL;
    head->is_ended = 0;
    ++head->images;
    log_maps(head);
    if (head->has_places)
        wiped->head = head;
    self.wiped = wiped;
}

// The log to write into, or NULL. Calls that come before the C library knows
// the environment are not noted.
static struct call_log_head *log_head(void) {
    if (!self.is_asked && environ != NULL) {
        int saved = errno;
        const char *path = getenv(CALL_LOG_VARIABLE);
        self.is_asked = 1;
        if (path != NULL)
            log_begin(path);
        errno = saved;
    }
    return self.wiped != NULL ? self.wiped->head : NULL;
}

static void chunk_begin(struct call_log_head *head) {
    int saved = errno;

    if (mine.thread == 0) {
        // relaxed, both: numbers. A second thread was made by the first.
        mine.thread = add_relaxed(&head->threads, 1) + 1;
        add_relaxed(&self.threads, 1);
    }
    if (mine.chunk != NULL)
        munmap(mine.chunk, sizeof *mine.chunk);
    // relaxed: a number
    mine.chunk = log_map(add_relaxed(&head->chunks, 1) + 1);
    if (mine.chunk == MAP_FAILED) {
        mine.chunk = NULL;
        mine.is_full = 1;
        head->is_cut = 1;
    } else {
        mine.count = 0;
        mine.chunk->image = head->images;
        mine.chunk->thread = mine.thread;
    }
    errno = saved;
}

static void log_add(struct call_log_head *head, struct call_log_event event) {
    if (mine.chunk == NULL || mine.count == CALL_LOG_EVENTS) {
        if (mine.is_full)
            return;
        chunk_begin(head);
        if (mine.chunk == NULL)
            return;
    }
    // relaxed: the first thread knows of all that it has made.
    event.is_alone = load_relaxed(&self.threads) == 1;
    mine.chunk->events[mine.count++] = event;
    // relaxed: who reads has waited for the program's end.
    store_relaxed(&mine.chunk->count, mine.count);
}

static void note_statistics(struct call_log_head *head) {
    struct rpmalloc_global_statistics now;

    self.statistics(&now);
    const uint64_t values[CALL_LOG_STATISTICS] = {
        [CALL_LOG_HELD] = now.mapped,
        [CALL_LOG_HELD_PEAK] = now.mapped_peak,
        [CALL_LOG_THREAD_CACHE] = now.thread_cache,
        [CALL_LOG_GLOBAL_CACHE] = now.global_cache,
        [CALL_LOG_NEVER_USED] = now.segment_free,
        [CALL_LOG_LARGE] = now.large,
        [CALL_LOG_HUGE] = now.huge,
        [CALL_LOG_BOOKKEEPING] = now.bookkeeping,
        [CALL_LOG_SEGMENTS] = now.segments,
        [CALL_LOG_HEAPS] = now.heaps,
    };
    for (unsigned i = 0; i < CALL_LOG_STATISTICS; ++i)
        log_add(head, (struct call_log_event){.size = values[i],
                                              .span = RPMALLOC_NOWHERE,
                                              .kind = CALL_LOG_STATISTIC,
                                              .detail = i & 63});
}

static unsigned log2_of(size_t alignment) {
    return alignment > 1 ? 63 - (unsigned)__builtin_clzll(alignment) : 0;
}

void rp_log_note(enum call_log_kind kind, const void *block, size_t size,
                 size_t alignment, const void *caller) {
    struct call_log_head *head = log_head();

    if (head == NULL)
        return;
    struct rpmalloc_place place = self.place_of(block);
    log_add(head, (struct call_log_event){.size = size,
                                          .caller = (uintptr_t)caller,
                                          .span = place.span,
                                          .offset = place.offset & 0x1ffff,
                                          .kind = kind & 31,
                                          .detail = log2_of(alignment) & 63});
    // relaxed: as in log_add
    if (mine.until_statistics-- == 0 && load_relaxed(&self.threads) == 1) {
        mine.until_statistics = EVENTS_BETWEEN_STATISTICS;
        note_statistics(head);
    }
}

static __attribute__((destructor)) void log_end(void) {
    struct call_log_head *head = log_head();

    if (head == NULL)
        return;
    note_statistics(head);
    log_maps(head);
    head->is_ended = 1;
}
