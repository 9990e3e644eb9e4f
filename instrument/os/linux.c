// linux.c - fulfils system.h: memory, threads, the program.
#include "instrument/os/system.h"

#include "core/base/atomic.h"
#include "core/os/os.h"
#include "instrument/os/glibc.h"
#include "instrument/os/line.h"
#include "instrument/os/system_call.h"
#include "instrument/os/valgrind.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

// ---- memory ----

void *rp_system_aside(size_t bytes) {
#if UINTPTR_MAX > UINT32_MAX
    enum { GRAIN = 64 << 10 };
    static _Atomic(uintptr_t) next = (uintptr_t)0x2000 << 32;

    // relaxed: a number
    return (void *)add_relaxed(&next, (bytes / GRAIN + 2) * GRAIN);
#else
    (void)bytes;
    return NULL;
#endif
}

void *rp_system_map(size_t bytes, enum rp_mapping kind) {
    int saved = errno;
    int flags = kind == RP_MAP_SHARED ? MAP_SHARED : MAP_PRIVATE;
    int advice = kind == RP_MAP_KEPT    ? MADV_NORMAL
                 : kind == RP_MAP_WIPED ? MADV_WIPEONFORK
                                        : MADV_DONTFORK;
    void *address = mmap(rp_system_aside(bytes), bytes, PROT_READ | PROT_WRITE,
                         flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (address == MAP_FAILED) {
        address = NULL;
    } else if (madvise(address, bytes, advice) != 0) {
        munmap(address, bytes);
        address = NULL;
    }
    errno = saved;
    return address;
}

void rp_system_unmap(void *address, size_t bytes) {
    int saved = errno;

    munmap(address, bytes);
    errno = saved;
}

bool rp_system_wipe(void *address, size_t bytes) {
    int saved = errno;
    bool done = madvise(address, bytes, MADV_WIPEONFORK) == 0;

    errno = saved;
    return done;
}

static bool can_copy(uint64_t address) {
    uint8_t byte;
    struct iovec here = {&byte, 1}, there = {(void *)(uintptr_t)address, 1};
    int saved = errno;
    ssize_t had =
        process_vm_readv((pid_t)rp_system_process(), &here, 1, &there, 1, 0);

    errno = saved;
    return had == 1;
}

// sigprocmask, asked to do what does not exist, reads the mask and then says
// EINVAL; when it cannot read the mask, it says EFAULT.
static bool is_readable(uint64_t address) {
    enum { NO_SUCH_THING = -1, MASK_BYTES = 8 };

    if (rp_valgrind_is_there()) // which would say something on stderr
        return can_copy(address);
    long result = rp_call(SYS_rt_sigprocmask, NO_SUCH_THING, (long)address, 0,
                          MASK_BYTES);

    return result == 0 || result == -EINVAL;
}

uint64_t rp_system_readable(uint64_t start, uint64_t end) {
    uint64_t page = rp_os_page_bytes(), at = start;

    while (at < end && is_readable(at))
        at += page;
    return at - start;
}

// ---- threads ----

// The kernel puts the name of the program at the end of the first stack. At the
// end of any other the C library keeps what the thread pointer points to, also
// when the program has given it the stack. In the child that a thread has
// forked, its only thread has no end.
uint64_t rp_system_stack_end(void) {
#if defined(__GLIBC__)
    if (rp_system_thread() != rp_system_process())
        return (uintptr_t)__builtin_thread_pointer();
#endif
    return getauxval(AT_EXECFN);
}

uint32_t rp_system_process(void) {
    return (uint32_t)rp_call(SYS_getpid, 0, 0, 0, 0);
}

uint32_t rp_system_thread(void) {
    return (uint32_t)rp_call(SYS_gettid, 0, 0, 0, 0);
}

uint32_t rp_system_user(void) {
    return (uint32_t)rp_call(SYS_getuid, 0, 0, 0, 0);
}

bool rp_system_process_lives(uint32_t process) {
    return process != 0 && rp_call(SYS_kill, process, 0, 0, 0) != -ESRCH;
}

bool rp_system_thread_lives(uint32_t process, uint32_t thread) {
    return rp_call(SYS_tgkill, process, thread, 0, 0) == 0;
}

// The kernel's own call: the C library's leaves two of its signals open.
uint64_t rp_system_block(uint64_t signals) {
    uint64_t before = signals;

    rp_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&signals, (long)&before,
            sizeof before);
    return before;
}

int rp_system_watch(uint32_t process) {
    long watch = rp_call(SYS_pidfd_open, process, 0, 0, 0);

    return watch < 0 ? -1 : (int)watch;
}

bool rp_system_has_died(uint32_t process, int watch) {
    struct pollfd poll = {.fd = watch, .events = POLLIN};
    struct timespec now = {0, 0};

    if (watch < 0)
        return !rp_system_process_lives(process);
    return rp_call(SYS_ppoll, (long)&poll, 1, (long)&now, 0) == 1;
}

bool rp_system_is_confined(void) {
    return rp_call(SYS_prctl, PR_GET_SECCOMP, 0, 0, 0) > 0;
}

uint32_t rp_system_threads(void) {
    enum { BESIDE_THREADS = 2 }; // links of a folder without threads
    struct stat tasks;

    if (rp_system_is_confined() ||
        rp_call(SYS_newfstatat, AT_FDCWD, (long)"/proc/self/task", (long)&tasks,
                0) != 0 ||
        tasks.st_nlink <= BESIDE_THREADS)
        return __libc_single_threaded ? 1 : 0;
    return (uint32_t)tasks.st_nlink - BESIDE_THREADS;
}

void rp_system_thread_name(uint32_t process, uint32_t thread, char name[16]) {
    char path[64];
    struct rp_line line = rp_line_start(path, sizeof path);

    if (thread == 0) {
        rp_call(SYS_prctl, PR_GET_NAME, (long)name, 0, 0);
        return;
    }
    // The ids may be those of another namespace than the one that is shown.
    char self[24], shown[24];
    struct rp_line number = rp_line_start(self, sizeof self);
    rp_line_number(&number, rp_system_process());
    rp_system_link("/proc/self", shown, sizeof shown);
    if (strcmp(self, shown) != 0)
        return;
    rp_line_text(&line, "/proc/");
    rp_line_number(&line, process);
    rp_line_text(&line, "/task/");
    rp_line_number(&line, thread);
    rp_line_text(&line, "/comm");
    size_t length = rp_system_read_file(path, name, 15);
    name[length] = 0;
    if (length > 0 && name[length - 1] == '\n')
        name[length - 1] = 0;
}

void rp_system_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t ns) {
    struct timespec time = {(time_t)(ns / 1000000000u),
                            (long)(ns % 1000000000u)};

    long result =
        rp_call(SYS_futex, (long)word, FUTEX_WAIT, expected, (long)&time);
    // A program may have forbidden it itself; then nobody wakes us.
    if (result == -EPERM || result == -EACCES || result == -ENOSYS)
        rp_call(SYS_nanosleep, (long)&time, 0, 0, 0);
}

void rp_system_wake(_Atomic uint32_t *word) {
    rp_call(SYS_futex, (long)word, FUTEX_WAKE, 0x7fffffff, 0);
}

uint64_t rp_system_random(void) {
    uint64_t value = 0;

    rp_call(SYS_getrandom, (long)&value, sizeof value, GRND_NONBLOCK, 0);
    if (value == 0) // too early for the kernel's: unlike enough for a name
        value = (uint64_t)time(NULL) << 32 | rp_system_process();
    return value;
}

const char *rp_system_reason(int error) {
    return strerrordesc_np(error);
}

void rp_system_say(const char *line) {
    struct iovec parts[3] = {
        {(void *)(uintptr_t) "rpscope: ", 9},
        {(void *)(uintptr_t)line, strlen(line)},
        {(void *)(uintptr_t) "\n", 1},
    };
    long done = rp_call(SYS_writev, STDERR_FILENO, (long)parts, 3, 0);

    if (done != -EBADF)
        return;
    // Maybe only this thread has none; then the program's own is borrowed.
    long process = rp_call(SYS_pidfd_open, rp_system_process(), 0, 0, 0);
    long file = rp_call(SYS_pidfd_getfd, process, STDERR_FILENO, 0, 0);
    if (file >= 0) {
        rp_call(SYS_writev, file, (long)parts, 3, 0);
        rp_call(SYS_close, file, 0, 0, 0);
    }
    if (process >= 0)
        rp_call(SYS_close, process, 0, 0, 0);
}

// ---- the program ----

// What the kernel gave the program, for events that come before the C library
// knows it. Written once, by the first who asks; a second asker at that moment
// reads the same bytes again.
static const char *first_environment(void) {
    enum { ROOM = 256 << 10 };
    static char *_Atomic kept;
    char *text = kept;

    if (text == NULL) {
        text = rp_system_map(ROOM, RP_MAP_WIPED);
        if (text == NULL)
            return "";
        rp_system_read_file("/proc/self/environ", text, ROOM - 2);
        kept = text;
    }
    return text;
}

bool rp_system_is_privileged(void) {
    return getauxval(AT_SECURE) != 0;
}

const char *rp_system_environment(const char *name) {
    size_t length = strlen(name);

    if (rp_system_is_privileged())
        return NULL;
    if (environ != NULL) {
        for (char **entry = environ; *entry != NULL; entry++) {
            if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
                return *entry + length + 1;
        }
        return NULL;
    }
    for (const char *at = first_environment(); *at != 0; at += strlen(at) + 1) {
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return at + length + 1;
    }
    return NULL;
}

void rp_system_describe(char *text, size_t room) {
    struct rp_line line = rp_line_start(text, room);
    struct utsname name;

    if (uname(&name) != 0)
        return;
    rp_line_text(&line, name.sysname);
    rp_line_text(&line, " ");
    rp_line_text(&line, name.release);
    rp_line_text(&line, " ");
    rp_line_text(&line, name.machine);
}
