// spawn_clone.c - a thread by clone(2), unknown to the C library.
//
// valgrind knows only threads that share their files with the others, and ends
// the program for any other clone; so there, the files are shared.
#include "instrument/os/spawn.h"

#include "core/base/atomic.h"
#include "instrument/os/glibc.h"
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"
#include "instrument/os/valgrind.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// The stack grows down to a guard page. The thread pointer stands between two
// zeroed areas, since systems put thread-local data before or after it.
enum {
    GUARD_BYTES = 64 << 10,
    STACK_BYTES = 512 << 10,
    LOCALS_BYTES = 32 << 10,
    AREA_BYTES = GUARD_BYTES + STACK_BYTES + 2 * LOCALS_BYTES,
    HEAD_BYTES = 64, // self pointers, stack guard, pointer guard
};

enum { SHARED_FILES = CLONE_FS | CLONE_FILES };

struct start {
    void (*body)(void *context);
    void *context;
    int files[2];
    bool has_files; // of its own
};

// Closes all from `first` to `last`, which may be before it.
static void close_all(int first, int last) {
    if (first > last ||
        syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0u) == 0)
        return;
    // Without close_range: what stands beyond is closed with the process.
    for (int i = first; i <= last && i < 1 << 16; i++)
        syscall(SYS_close, i);
}

// The copy of the file table holds what the program had open, and would keep
// its pipes and sockets open after it has closed them.
static void close_others(const int files[2]) {
    int low = files[0] < files[1] ? files[0] : files[1];
    int high = files[0] < files[1] ? files[1] : files[0];

    close_all(0, low - 1);
    close_all(low < 0 ? 0 : low + 1, high - 1);
    close_all(high + 1, INT_MAX);
}

static int thread_main(void *argument) {
    struct start start = *(struct start *)argument;

    if (start.has_files)
        close_others(start.files);
    start.body(start.context);
    return 0;
}

static void *thread_locals(char *middle) {
    memcpy(middle, __builtin_thread_pointer(), HEAD_BYTES);
    void **head = (void **)(void *)middle;
#if defined(__x86_64__)
    head[0] = middle; // the thread pointer points to itself,
    head[2] = middle; // and so does the descriptor of the thread
    head[1] = NULL;   // no blocks of thread-local data made later
#else
    head[0] = NULL;
#endif
    return middle;
}

static char *make_area(enum rp_mapping kind) {
    char *area = rp_system_map(AREA_BYTES, kind);

    if (area != NULL)
        mprotect(area, GUARD_BYTES, PROT_NONE);
    return area;
}

// A thread in `area`; its id, or a negative errno value.
static long start_thread(struct rp_spawned *thread, char *area,
                         const struct start *start) {
    char *top = area + GUARD_BYTES + STACK_BYTES;
    struct start *copy = (struct start *)(void *)(top - sizeof *copy);
    *copy = *start;

    uint64_t before = rp_system_block(UINT64_MAX);
    // relaxed: the kernel writes it before clone returns to either side.
    store_relaxed(&thread->alive, 1);
    int flags = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
                (start->has_files ? 0 : SHARED_FILES);
    long id = clone(thread_main, (char *)copy - 64, flags, copy, &thread->alive,
                    thread_locals(top + LOCALS_BYTES), &thread->alive);
    if (id < 0) {
        id = -errno;
        store_relaxed(&thread->alive, 0); // relaxed: there is no thread
    }
    rp_system_block(before);
    return id;
}

int rp_spawn(struct rp_spawned *thread, void (*body)(void *context),
             void *context, const int files[2]) {
    int saved = errno;
    struct start start = {
        body, context, {files[0], files[1]}, !rp_valgrind_is_there()};
    char *area = make_area(RP_MAP_OWN);
    if (area == NULL)
        return ENOMEM;

    long id = start_thread(thread, area, &start);
    if (id < 0)
        rp_system_unmap(area, AREA_BYTES);
    for (int i = 0; i < 2 && id >= 0 && start.has_files; i++) {
        if (files[i] >= 0)
            rp_system_close(files[i]);
    }
    errno = saved;
    return id < 0 ? (int)-id : 0;
}

// Waits until the thread has ended, and then until it is not counted any more:
// some calls are allowed to a process with one thread only.
static void see_off(struct rp_spawned *thread, uint32_t id) {
    enum { ROUND_NS = 100000000, LOOKS = 1 << 16 };
    uint32_t alive;

    // acquire [spawned]: all it has done
    while ((alive = load_acquire(&thread->alive)) != 0)
        rp_system_wait(&thread->alive, alive, ROUND_NS);
    uint32_t process = rp_system_process();
    for (int i = 0; i < LOOKS && rp_system_thread_lives(process, id); i++)
        rp_call(SYS_sched_yield, 0, 0, 0, 0);
}

// The area of the last errand: to map one and to unmap it takes seven times as
// long as all else. A forked child has it, too.
static _Atomic(char *) kept_area;

static char *take_area(void) {
    char *area = load_relaxed(&kept_area); // relaxed: a first guess

    // acquire [area]: its last thread has ended
    while (area != NULL && !cas_acquire(&kept_area, &area, NULL))
        continue;
    return area != NULL ? area : make_area(RP_MAP_WIPED);
}

static void leave_area(char *area) {
    char *nothing = NULL;

    if (!cas_release(&kept_area, &nothing, area)) // release [area]: as above
        rp_system_unmap(area, AREA_BYTES);
}

void rp_spawn_errand(void (*body)(void *context), void *context) {
    struct rp_spawned thread = {0};
    struct start start = {body, context, {-1, -1}, true};
    int saved = errno;
    char *area =
        rp_system_is_confined() || rp_valgrind_is_there() ? NULL : take_area();
    long id = area != NULL ? start_thread(&thread, area, &start) : -ENOMEM;

    if (id >= 0)
        see_off(&thread, (uint32_t)id);
    if (area != NULL)
        leave_area(area);
    if (id < 0)
        body(context);
    errno = saved;
}
