// system_linux.c - fulfils system.h.
#include "instrument/system.h"

#include "instrument/line.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

// ---- memory ----

void *rp_system_map(size_t bytes, enum rp_mapping kind) {
    int saved = errno;
    int flags = kind == RP_MAP_SHARED ? MAP_SHARED : MAP_PRIVATE;
    int advice = kind == RP_MAP_WIPED ? MADV_WIPEONFORK : MADV_DONTFORK;
    void *address = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
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

// ---- threads ----

// System calls that must not be seen in errno, nor be cancellation points
static long call(long number, long a, long b, long c, long d) {
    int saved = errno;
    long result = syscall(number, a, b, c, d, 0L, 0L);

    if (result == -1)
        result = -errno;
    errno = saved;
    return result;
}

uint32_t rp_system_process(void) {
    return (uint32_t)call(SYS_getpid, 0, 0, 0, 0);
}

uint32_t rp_system_thread(void) {
    return (uint32_t)call(SYS_gettid, 0, 0, 0, 0);
}

bool rp_system_thread_lives(uint32_t thread) {
    return call(SYS_tgkill, rp_system_process(), thread, 0, 0) == 0;
}

void rp_system_thread_name(uint32_t thread, char name[16]) {
    char path[64];
    struct rp_line line = rp_line_start(path, sizeof path);

    if (thread == 0) {
        call(SYS_prctl, PR_GET_NAME, (long)name, 0, 0);
        return;
    }
    rp_line_text(&line, "/proc/self/task/");
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

    call(SYS_futex, (long)word, FUTEX_WAIT, expected, (long)&time);
}

void rp_system_wake(_Atomic uint32_t *word) {
    call(SYS_futex, (long)word, FUTEX_WAKE, 0x7fffffff, 0);
}

uint64_t rp_system_random(void) {
    uint64_t value = 0;

    call(SYS_getrandom, (long)&value, sizeof value, GRND_NONBLOCK, 0);
    if (value == 0) // too early for the kernel's: unlike enough for a name
        value = (uint64_t)time(NULL) << 32 | rp_system_process();
    return value;
}

// ---- files ----

static long open_file(const char *path, int flags) {
    return call(SYS_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, 0666);
}

// A file that exists already, locked; or a negative errno value.
static long open_existing(const char *path, bool replace) {
    long file = open_file(path, O_WRONLY), error = 0;
    if (file < 0)
        return file;

    if (call(SYS_flock, file, LOCK_EX | LOCK_NB, 0, 0) == -EWOULDBLOCK)
        error = -EBUSY;
    else if (!replace)
        error = -EEXIST;
    else
        call(SYS_ftruncate, file, 0, 0, 0); // a device cannot: it is empty
    if (error == 0)
        return file;
    call(SYS_close, file, 0, 0, 0);
    return error;
}

int rp_system_create(const char *path, bool replace, int *file) {
    long made = open_file(path, O_WRONLY | O_CREAT | O_EXCL);

    if (made == -EEXIST)
        made = open_existing(path, replace);
    else if (made >= 0)
        call(SYS_flock, made, LOCK_EX | LOCK_NB, 0, 0);
    if (made < 0)
        return (int)-made;

    if (made <= STDERR_FILENO) { // it must not stand for one of the program's
        long moved = call(SYS_fcntl, made, F_DUPFD_CLOEXEC, 3, 0);
        call(SYS_close, made, 0, 0, 0);
        if (moved < 0)
            return (int)-moved;
        made = moved;
    }
    *file = (int)made;
    return 0;
}

int rp_system_write(int file, const void *data, size_t bytes) {
    const char *at = data;

    while (bytes > 0) {
        long written = call(SYS_write, file, (long)at, (long)bytes, 0);
        if (written < 0 && written != -EINTR)
            return (int)-written;
        if (written == 0)
            return ENOSPC;
        if (written > 0) {
            at += written;
            bytes -= (size_t)written;
        }
    }
    return 0;
}

int rp_system_truncate(int file, uint64_t bytes) {
    long result = call(SYS_ftruncate, file, (long)bytes, 0, 0);

    if (result == 0)
        result = call(SYS_lseek, file, (long)bytes, SEEK_SET, 0);
    return result < 0 ? (int)-result : 0;
}

void rp_system_close(int file) {
    call(SYS_close, file, 0, 0, 0);
}

size_t rp_system_read_file(const char *path, void *data, size_t room) {
    size_t have = 0;
    long file = call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return 0;

    while (have < room) {
        long got = call(SYS_read, file, (long)((char *)data + have),
                        (long)(room - have), 0);
        if (got <= 0 && got != -EINTR)
            break;
        if (got > 0)
            have += (size_t)got;
    }
    call(SYS_close, file, 0, 0, 0);
    return have;
}

void rp_system_folder(char *path, size_t room) {
    if (call(SYS_getcwd, (long)path, (long)room, 0, 0) <= 0)
        path[0] = 0;
}

void rp_system_link(const char *path, char *target, size_t room) {
    long length = call(SYS_readlinkat, AT_FDCWD, (long)path, (long)target,
                       (long)room - 1);

    target[length > 0 ? length : 0] = 0;
}

void rp_system_say(const char *line) {
    struct iovec parts[3] = {
        {(void *)(uintptr_t) "rpscope: ", 9},
        {(void *)(uintptr_t)line, strlen(line)},
        {(void *)(uintptr_t) "\n", 1},
    };
    long done = call(SYS_writev, STDERR_FILENO, (long)parts, 3, 0);

    if (done != -EBADF)
        return;
    // Maybe only this thread has none; then the program's own is borrowed.
    long process = call(SYS_pidfd_open, rp_system_process(), 0, 0, 0);
    long file = call(SYS_pidfd_getfd, process, STDERR_FILENO, 0, 0);
    if (file >= 0) {
        call(SYS_writev, file, (long)parts, 3, 0);
        call(SYS_close, file, 0, 0, 0);
    }
    if (process >= 0)
        call(SYS_close, process, 0, 0, 0);
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

const char *rp_system_environment(const char *name) {
    size_t length = strlen(name);

    if (getauxval(AT_SECURE) != 0)
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
