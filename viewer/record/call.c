// call.c - see call.h.
#include "viewer/record/call.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "viewer/record/elf_names.h"

enum {
    PLACES_MOST = 8,
    STATE_BYTES = 64 << 10, // of what registers there are beside the plain ones
    HELD_MOST = 32,         // signals
    LOOK_US = 2000,
    STOP_LOOKS = 5000,
    RED_ZONE = 128, // below the stack pointer, which functions use
};

struct call {
    pid_t thread;
    uint64_t places[PLACES_MOST]; // of the function, in the process
    size_t count;
    int held[HELD_MOST]; // signals that came meanwhile
    size_t held_count;
};

// ---- where the function is ----

// A line of maps: what of a file is where.
struct mapping {
    uint64_t start, end, offset;
    char path[PATH_MAX];
};

static bool read_mapping(const char *line, struct mapping *mapping) {
    char access[8];
    int at = 0;
    if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n",
               &mapping->start, &mapping->end, access, &mapping->offset,
               &at) < 4 ||
        access[2] != 'x' || line[at] != '/')
        return false;
    snprintf(mapping->path, sizeof mapping->path, "%.*s",
             (int)strcspn(line + at, "\n"), line + at);
    return true;
}

static void find_places(struct call *call, uint32_t process, const char *name) {
    char path[PATH_MAX + 64], line[PATH_MAX + 128];
    static struct mapping mapping;
    snprintf(path, sizeof path, "/proc/%" PRIu32 "/maps", process);
    FILE *in = fopen(path, "re");
    while (in && call->count < PLACES_MOST && fgets(line, sizeof line, in)) {
        struct elf_function function;
        if (!read_mapping(line, &mapping))
            continue;
        snprintf(path, sizeof path, "/proc/%" PRIu32 "/root%s", process,
                 mapping.path);
        if (elf_names_function(path, name, &function) &&
            function.offset >= mapping.offset &&
            function.offset - mapping.offset < mapping.end - mapping.start)
            call->places[call->count++] =
                mapping.start + function.offset - mapping.offset;
    }
    if (in)
        fclose(in);
}

// ---- the thread ----

#if defined(__x86_64__)

// All that a thread has in registers.
struct registers {
    struct user_regs_struct plain;
    char others[STATE_BYTES];
    size_t other_bytes;
};

static bool get_registers(const struct call *call, struct registers *r) {
    struct iovec others = {r->others, sizeof r->others};
    if (ptrace(PTRACE_GETREGS, call->thread, NULL, &r->plain) != 0 ||
        ptrace(PTRACE_GETREGSET, call->thread, NT_X86_XSTATE, &others) != 0)
        return false;
    r->other_bytes = others.iov_len;
    return true;
}

static void put_registers(const struct call *call, struct registers *r) {
    struct iovec others = {r->others, r->other_bytes};
    ptrace(PTRACE_SETREGSET, call->thread, NT_X86_XSTATE, &others);
    ptrace(PTRACE_SETREGS, call->thread, NULL, &r->plain);
}

static bool write_words(const struct call *call, uint64_t at, const void *words,
                        size_t bytes) {
    for (size_t i = 0; i < bytes; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, (const char *)words + i, sizeof word);
        if (ptrace(PTRACE_POKEDATA, call->thread, at + i, word) != 0)
            return false;
    }
    return true;
}

// Makes the thread stand at the function, which is to return to nowhere.
static bool enter(const struct call *call, const struct registers *before,
                  uint64_t place) {
    enum { DIRECTION = 0x400 };
    struct user_regs_struct r = before->plain;
    const uint64_t nowhere = 0;
    // With nothing in between: what other calls have left there would count.
    uint64_t kept = (r.rsp - RED_ZONE - sizeof r) & ~UINT64_C(7);
    uint64_t top = (kept - sizeof nowhere) & ~UINT64_C(15);
    r.rip = place;
    r.rsp = top - sizeof nowhere;
    r.eflags &= ~(unsigned long long)DIRECTION;
    r.orig_rax = UINT64_MAX; // it is in no call of the system
    bool done = write_words(call, kept, &before->plain, sizeof before->plain);
    for (uint64_t at = r.rsp; done && at < kept; at += sizeof nowhere)
        done = write_words(call, at, &nowhere, sizeof nowhere);
    return done && ptrace(PTRACE_SETREGS, call->thread, NULL, &r) == 0;
}

// Whether it has returned, and what.
static bool has_returned(const struct call *call, int signal, int *result) {
    struct user_regs_struct r;
    if (signal != SIGSEGV ||
        ptrace(PTRACE_GETREGS, call->thread, NULL, &r) != 0 || r.rip != 0)
        return false;
    *result = (int)r.rax;
    return true;
}

// Waits until it stands; returns the signal that it stands at, 0: none; -1: it
// has ended, or does not stop. looks: 0: as long as it takes.
static int await_stop(const struct call *call, int looks) {
    int status;
    for (int i = 0; looks == 0 || i < looks; i++) {
        pid_t got =
            waitpid(call->thread, &status, __WALL | (looks != 0 ? WNOHANG : 0));
        if (got == call->thread && !WIFSTOPPED(status))
            return -1;
        if (got == call->thread)
            return status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
        if (got < 0 && errno != EINTR)
            return -1;
        if (looks != 0)
            usleep(LOOK_US);
    }
    return -1;
}

static void hold(struct call *call, int signal) {
    if (call->held_count < HELD_MOST)
        call->held[call->held_count++] = signal;
}

static bool stop(struct call *call) {
    if (ptrace(PTRACE_SEIZE, call->thread, NULL, NULL) != 0)
        return false;
    ptrace(PTRACE_INTERRUPT, call->thread, NULL, NULL);
    int signal;
    while ((signal = await_stop(call, STOP_LOOKS)) > 0) {
        hold(call, signal);
        ptrace(PTRACE_CONT, call->thread, NULL, NULL);
    }
    if (signal != 0)
        errno = ETIMEDOUT;
    return signal == 0;
}

// One call, of a thread that stands; it stands as before afterwards.
static bool run(struct call *call, uint64_t place, int *result) {
    static struct registers before;
    if (!get_registers(call, &before) || !enter(call, &before, place))
        return false;
    bool done = false;
    int signal = 0;
    while (!done && signal >= 0) {
        ptrace(PTRACE_CONT, call->thread, NULL, NULL);
        signal = await_stop(call, 0);
        done = signal > 0 && has_returned(call, signal, result);
        if (!done && (signal == SIGSEGV || signal == SIGBUS))
            break;
        if (!done && signal > 0)
            hold(call, signal);
    }
    put_registers(call, &before);
    return done;
}

static bool talk(struct call *call, int *result) {
    bool done = stop(call);
    *result = -1;
    for (size_t i = 0; done && i < call->count && *result < 0; i++)
        done = run(call, call->places[i], result);
    int error = errno;
    ptrace(PTRACE_DETACH, call->thread, NULL, NULL);
    for (size_t i = 0; i < call->held_count; i++)
        syscall(SYS_tgkill, call->thread, call->thread, call->held[i]);
    errno = error;
    return done;
}

#else

static bool talk(struct call *call, int *result) {
    (void)call, (void)result;
    errno = ENOSYS;
    return false;
}

#endif

static const char *why_not(int error) {
    switch (error) {
    case EPERM:
        return "may not be traced: that takes its user or root, and that the "
               "system allows it (kernel.yama.ptrace_scope)";
    case ETIMEDOUT:
        return "does not stop";
    default:
        return strerror(error);
    }
}

bool call_in_process(uint32_t process, const char *name, int *result,
                     struct failure *failure) {
    struct call call = {.thread = (pid_t)process};
    sigset_t ends, before;
    find_places(&call, process, name);
    if (call.count == 0)
        return fail(failure, "has no library of rpscope's in it, or is not "
                             "yours");
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigaddset(&ends, SIGQUIT);
    sigprocmask(SIG_BLOCK, &ends, &before);
    bool done = talk(&call, result);
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return done || fail(failure, "%s", why_not(error));
}
