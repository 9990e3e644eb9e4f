// linux_files.c - fulfils system.h: files.
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static long open_file(const char *path, int flags) {
    long file;

    do
        file =
            rp_call(SYS_openat, AT_FDCWD, (long)path, flags | O_CLOEXEC, 0600);
    while (file == -EINTR); // a signal, and a file system that is far away
    return file;
}

// Whether a living process is writing it.
static bool is_held(long file) {
    return rp_call(SYS_flock, file, LOCK_EX | LOCK_NB, 0, 0) == -EWOULDBLOCK;
}

// What is there already, so far as it may be written to; or a negative errno
// value, -ENOENT: it is not there any more. Whoever made it may have made it
// lead elsewhere, or readable by others: so it is removed, unless it is a
// device, which is as good as empty.
static long open_existing(const char *path, bool replace) {
    int flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
    long file = open_file(path, flags), error = -EEXIST;
    struct stat status;

    if (file >= 0 && fstat((int)file, &status) == 0 &&
        S_ISCHR(status.st_mode) && replace)
        return file;
    if (file >= 0 && is_held(file))
        error = -EBUSY;
    else if (replace &&
             (file >= 0 || file == -ELOOP || file == -ENXIO || file == -EACCES))
        error = rp_call(SYS_unlinkat, AT_FDCWD, (long)path, 0, 0);
    else if (file < 0)
        error = file;
    if (file >= 0)
        rp_call(SYS_close, file, 0, 0, 0);
    return error == 0 ? -ENOENT : error;
}

long rp_system_move_up(long file) {
    if (file < 0 || file > STDERR_FILENO)
        return file;
    long moved = rp_call(SYS_fcntl, file, F_DUPFD_CLOEXEC, 3, 0);

    rp_call(SYS_close, file, 0, 0, 0);
    return moved;
}

int rp_system_create(const char *path, bool replace, int *file) {
    enum { TRIES = 3 }; // when others make one at the same time
    int saved = errno;
    long made = -EEXIST;

    for (int i = 0; i < TRIES && (made == -EEXIST || made == -ENOENT); i++) {
        made = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
        if (made >= 0) {
            rp_call(SYS_flock, made, LOCK_EX | LOCK_NB, 0, 0);
            rp_call(SYS_fchmod, made, 0600, 0, 0); // whatever the umask
        } else if (made == -EEXIST) {
            made = open_existing(path, replace);
            if (made == -EEXIST)
                break;
        } else {
            break;
        }
    }
    errno = saved;
    made = rp_system_move_up(made);
    if (made < 0)
        return (int)-made;
    *file = (int)made;
    return 0;
}

int rp_system_go_on(const char *path, uint64_t *bytes, int *file) {
    long made =
        rp_system_move_up(open_file(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK));
    struct stat status;
    if (made < 0)
        return (int)-made;

    int saved = errno;
    bool regular = fstat((int)made, &status) == 0 && S_ISREG(status.st_mode);
    errno = saved;
    long error =
        !regular ? -EINVAL : rp_call(SYS_flock, made, LOCK_EX | LOCK_NB, 0, 0);
    long end = rp_call(SYS_lseek, made, 0, SEEK_END, 0);
    if (error == 0 && end < 0)
        error = end;
    if (error != 0) {
        rp_call(SYS_close, made, 0, 0, 0);
        return error == -EWOULDBLOCK ? EBUSY : (int)-error;
    }
    *bytes = (uint64_t)end;
    *file = (int)made;
    return 0;
}

// ---- the limit on files that the program may have given itself ----

static bool limit_is_ignored;

void rp_system_ignore_limit(void) {
    signal(SIGXFSZ, SIG_IGN);
    limit_is_ignored = true;
}

// To write beyond it sends the thread SIGXFSZ. So that waits; the one that was
// sent is taken back, unless one waited before.
long rp_system_quietly(long number, long a, long b, long c, long d) {
    const uint64_t too_large = UINT64_C(1) << (SIGXFSZ - 1);
    const struct timespec now = {0, 0};
    uint64_t before, pending = 0;

    if (limit_is_ignored)
        return rp_call(number, a, b, c, d);
    rp_call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&too_large, (long)&before,
            sizeof before);
    rp_call(SYS_rt_sigpending, (long)&pending, sizeof pending, 0, 0);
    long result = rp_call(number, a, b, c, d);
    if (result == -EFBIG && (pending & too_large) == 0)
        rp_call(SYS_rt_sigtimedwait, (long)&too_large, 0, (long)&now,
                sizeof too_large);
    if ((before & too_large) == 0)
        rp_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&before, 0,
                sizeof before);
    return result;
}

// At the end, or at an offset.
static int write_all(long call, int file, const char *at, size_t bytes,
                     uint64_t offset) {
    while (bytes > 0) {
        long written =
            rp_system_quietly(call, file, (long)at, (long)bytes, (long)offset);
        if (written < 0 && written != -EINTR)
            return (int)-written;
        if (written == 0)
            return ENOSPC;
        if (written > 0) {
            at += written;
            offset += (uint64_t)written;
            bytes -= (size_t)written;
        }
    }
    return 0;
}

int rp_system_write(int file, const void *data, size_t bytes) {
    return write_all(SYS_write, file, data, bytes, 0);
}

int rp_system_write_at(int file, const void *data, size_t bytes,
                       uint64_t offset) {
    return write_all(SYS_pwrite64, file, data, bytes, offset);
}

int rp_system_truncate(int file, uint64_t bytes) {
    long result = rp_system_quietly(SYS_ftruncate, file, (long)bytes, 0, 0);

    if (result == 0)
        result = rp_call(SYS_lseek, file, (long)bytes, SEEK_SET, 0);
    return result < 0 ? (int)-result : 0;
}

int rp_system_reserve(int file, uint64_t offset, uint64_t bytes) {
    struct rlimit most;
    struct stat status;

    if (rp_call(SYS_fstat, file, (long)&status, 0, 0) != 0 ||
        !S_ISREG(status.st_mode))
        return 0;
    if (rp_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&most) == 0 &&
        most.rlim_cur != RLIM_INFINITY && offset + bytes > most.rlim_cur)
        return EFBIG;
    long result = rp_system_quietly(SYS_fallocate, file, FALLOC_FL_KEEP_SIZE,
                                    (long)offset, (long)bytes);
    return result == -ENOSPC || result == -EDQUOT || result == -EFBIG
               ? (int)-result
               : 0;
}

void rp_system_close(int file) {
    rp_call(SYS_close, file, 0, 0, 0);
}

size_t rp_system_read_at(int file, void *data, size_t bytes, uint64_t offset) {
    size_t have = 0;

    while (have < bytes) {
        long got = rp_call(SYS_pread64, file, (long)((char *)data + have),
                           (long)(bytes - have), (long)(offset + have));
        if (got <= 0 && got != -EINTR)
            break;
        if (got > 0)
            have += (size_t)got;
    }
    return have;
}

size_t rp_system_read_file(const char *path, void *data, size_t room) {
    size_t have = 0;
    long file =
        rp_call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return 0;

    while (have < room) {
        long got = rp_call(SYS_read, file, (long)((char *)data + have),
                           (long)(room - have), 0);
        if (got <= 0 && got != -EINTR)
            break;
        if (got > 0)
            have += (size_t)got;
    }
    rp_call(SYS_close, file, 0, 0, 0);
    return have;
}

int rp_system_open(const char *path, int *file) {
    long got =
        rp_call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);

    if (got < 0)
        return (int)-got;
    *file = (int)got;
    return 0;
}

void rp_system_folder(char *path, size_t room) {
    if (rp_call(SYS_getcwd, (long)path, (long)room, 0, 0) <= 0)
        path[0] = 0;
}

void rp_system_link(const char *path, char *target, size_t room) {
    long length = rp_call(SYS_readlinkat, AT_FDCWD, (long)path, (long)target,
                          (long)room - 1);

    target[length > 0 ? length : 0] = 0;
}
