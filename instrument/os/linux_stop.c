// linux_stop.c - see stop.h: by a process that shares our memory and traces the
// other threads, as a thread may not trace those of its own process.
#include "instrument/os/stop.h"

#include "core/os/os.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { MOST = 4096, STACK_BYTES = 1 << 20, LISTING = 32 << 10 };

struct work {
    void (*body)(const struct rp_stopped *threads, unsigned count,
                 void *context);
    void *context;
    uint32_t process, caller;
    uint32_t ids[MOST];
    struct rp_stopped threads[MOST]; // the caller is the first
    unsigned count;
    _Atomic uint32_t may_begin;
    bool done;
    char listing[LISTING];
};

struct entry { // of getdents64
    uint64_t inode;
    int64_t offset;
    uint16_t bytes;
    uint8_t type;
    char name[];
};

static bool knows(const struct work *work, uint32_t id) {
    for (unsigned i = 1; i < work->count; i++)
        if (work->ids[i] == id)
            return true;
    return id == work->caller;
}

// Stops one; false: it is gone, or may not be.
static bool stop(struct work *work, uint32_t id) {
    struct rp_stopped *thread = &work->threads[work->count];
    int status;

    if (work->count == MOST || rp_call(SYS_ptrace, PTRACE_SEIZE, id, 0, 0) != 0)
        return false;
    rp_call(SYS_ptrace, PTRACE_INTERRUPT, id, 0, 0);
    while (rp_call(SYS_wait4, id, (long)&status, __WALL, 0) == -EINTR)
        continue;
    *thread = (struct rp_stopped){0};
#if defined(__x86_64__)
    struct user_regs_struct registers;
    rp_call(SYS_ptrace, PTRACE_GETREGS, id, 0, (long)&registers);
    thread->sp = registers.rsp;
    thread->locals = registers.fs_base;
    thread->count = sizeof registers / sizeof(uint64_t);
    memcpy(thread->registers, &registers, sizeof registers);
#endif
    work->ids[work->count++] = id;
    return true;
}

// Stops all that are listed now; returns how many there were to stop, -1: one
// could not be.
static int stop_listed(struct work *work) {
    char path[64];
    struct rp_line line = rp_line_start(path, sizeof path);
    int stopped = 0;

    rp_line_text(&line, "/proc/");
    rp_line_number(&line, work->process);
    rp_line_text(&line, "/task");
    long folder = rp_call(SYS_openat, AT_FDCWD, (long)path,
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder < 0)
        return -1;
    long bytes;
    while ((bytes = rp_call(SYS_getdents64, folder, (long)work->listing,
                            LISTING, 0)) > 0) {
        for (long at = 0; at < bytes;) {
            struct entry *entry = (struct entry *)(work->listing + at);
            uint32_t id = (uint32_t)strtoul(entry->name, NULL, 10);
            at += entry->bytes;
            if (id == 0 || knows(work, id))
                continue;
            if (stop(work, id))
                stopped++;
            else if (rp_system_thread_lives(work->process, id))
                stopped = -1;
            if (stopped < 0)
                break;
        }
        if (stopped < 0)
            break;
    }
    rp_call(SYS_close, folder, 0, 0, 0);
    return stopped;
}

static int trace(void *argument) {
    struct work *work = argument;
    int stopped;

    while (work->may_begin == 0)
        rp_system_wait(&work->may_begin, 0, 1000000);
    // Until no new one has been started meanwhile.
    do
        stopped = stop_listed(work);
    while (stopped > 0);
    if (stopped == 0) {
        work->body(work->threads, work->count, work->context);
        work->done = true;
    }
    for (unsigned i = 1; i < work->count; i++)
        rp_call(SYS_ptrace, PTRACE_DETACH, work->ids[i], 0, 0);
    rp_call(SYS_exit, 0, 0, 0, 0);
    return 0;
}

static void note_caller(struct work *work, uint64_t sp) {
    work->threads[0].sp = sp;
    work->threads[0].locals = (uintptr_t)__builtin_thread_pointer();
    work->count = 1;
}

static void run(struct work *work) {
    char *stack = rp_system_map(STACK_BYTES, RP_MAP_OWN);
    if (stack == NULL)
        return;
    uint64_t before = rp_system_block(UINT64_MAX);
    long child =
        clone(trace, stack + STACK_BYTES, CLONE_VM | CLONE_UNTRACED, work);
    if (child > 0) {
        int status;
        rp_call(SYS_prctl, PR_SET_PTRACER, child, 0, 0);
        work->may_begin = 1;
        rp_system_wake(&work->may_begin);
        while (rp_call(SYS_wait4, child, (long)&status, __WALL, 0) == -EINTR)
            continue;
        rp_call(SYS_prctl, PR_SET_PTRACER, 0, 0, 0);
    }
    rp_system_block(before);
    rp_system_unmap(stack, STACK_BYTES);
}

bool rp_system_stop_others(uint64_t sp,
                           void (*body)(const struct rp_stopped *threads,
                                        unsigned count, void *context),
                           void *context) {
    struct work *work = rp_system_map(sizeof *work, RP_MAP_OWN);
    int saved = errno;

    if (work == NULL)
        return false;
    note_caller(work, sp);
    work->body = body;
    work->context = context;
    work->process = rp_system_process();
    work->caller = rp_system_thread();
    if (rp_system_threads() == 1) {
        body(work->threads, 1, context);
        work->done = true;
    } else {
        run(work);
    }
    bool done = work->done;
    rp_system_unmap(work, sizeof *work);
    errno = saved;
    return done;
}

size_t rp_system_resident(uint64_t address, size_t bytes) {
    enum { AT_ONCE = 256 };
    unsigned char pages[AT_ONCE];
    size_t page = rp_os_page_bytes(), count = bytes / page, i = 0;

    if (count > AT_ONCE)
        count = AT_ONCE;
    if (rp_call(SYS_mincore, (long)address, (long)(count * page), (long)pages,
                0) != 0)
        return 0;
    while (i < count && (pages[i] & 1) != 0)
        i++;
    return i * page;
}
