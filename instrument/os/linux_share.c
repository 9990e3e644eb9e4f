// linux_share.c - fulfils system.h: memory in common with others.
#include "core/base/bits.h"
#include "core/os/os.h"
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

// Since Linux 5.14; the headers of older systems do not have it.
enum { POPULATE_WRITE = 23 };

static int open_shared(int folder, const char *path, int flags, int *file) {
    long made = rp_system_move_up(
        rp_call(SYS_openat, folder, (long)path,
                O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600));
    if (made < 0)
        return (int)-made;

    *file = (int)made;
    return 0;
}

int rp_system_share(const char *path, uint64_t bytes, int *file) {
    int error = open_shared(AT_FDCWD, path, O_CREAT | O_EXCL, file);

    if (error == 0)
        error = (int)-rp_call(SYS_fchmod, *file, 0600, 0, 0); // whatever umask
    if (error == 0)
        error = rp_system_grow(*file, bytes);
    if (error != 0 && error != EEXIST)
        rp_system_unlink(path);
    return error;
}

int rp_system_share_unnamed(uint64_t bytes, int *file) {
    long made =
        rp_system_move_up(rp_call(SYS_memfd_create, (long)"rpscope-rings",
                                  MFD_CLOEXEC | MFD_ALLOW_SEALING, 0, 0));
    if (made < 0)
        return (int)-made;

    *file = (int)made;
    int error = rp_system_grow(*file, bytes);
    if (error == 0)
        error = (int)-rp_call(SYS_fcntl, made, F_ADD_SEALS, F_SEAL_SHRINK, 0);
    if (error != 0)
        rp_system_close(*file);
    return error;
}

bool rp_system_is_sealed(int file) {
    long seals = rp_call(SYS_fcntl, file, F_GET_SEALS, 0, 0);

    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0;
}

// ---- what is there already ----

static bool get_status(int file, struct stat *status) {
    int saved = errno;
    bool good = fstat(file, status) == 0;

    errno = saved;
    return good;
}

int rp_system_share_in(int folder, const char *name, int *file) {
    struct stat status;
    int error = open_shared(folder, name, 0, file);

    if (error == 0 &&
        (!get_status(*file, &status) || !S_ISREG(status.st_mode) ||
         status.st_uid != rp_system_user() || status.st_nlink != 1 ||
         (status.st_mode & 0077) != 0)) {
        rp_system_close(*file);
        error = EPERM;
    }
    return error;
}

int rp_system_share_again(const char *path, int *file) {
    return rp_system_share_in(AT_FDCWD, path, file);
}

int rp_system_open_folder(const char *path, bool own, int *folder) {
    struct stat status;
    long opened = rp_call(SYS_openat, AT_FDCWD, (long)path,
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);

    if (opened < 0)
        return (int)-opened;
    if (own &&
        (!get_status((int)opened, &status) ||
         status.st_uid != rp_system_user() || (status.st_mode & 0022) != 0)) {
        rp_system_close((int)opened);
        return EPERM;
    }
    *folder = (int)opened;
    return 0;
}

void rp_system_remove_in(int folder, const char *name, int file) {
    struct stat is, has;
    int saved = errno;

    if (fstatat(folder, name, &has, AT_SYMLINK_NOFOLLOW) == 0 &&
        fstat(file, &is) == 0 && is.st_dev == has.st_dev &&
        is.st_ino == has.st_ino)
        rp_call(SYS_unlinkat, folder, (long)name, 0, 0);
    errno = saved;
}

void rp_system_remove(const char *path, int file) {
    const char *slash = strrchr(path, '/');
    char place[PATH_MAX];
    int folder;

    if (slash == NULL || (size_t)(slash - path) >= sizeof place)
        return;
    size_t bytes = slash == path ? 1 : (size_t)(slash - path);
    memcpy(place, path, bytes);
    place[bytes] = 0;
    if (rp_system_open_folder(place, false, &folder) != 0)
        return;
    rp_system_remove_in(folder, slash + 1, file);
    rp_system_close(folder);
}

// A lock of flock belongs to the open file, which a mapping keeps open.
bool rp_system_hold(int file, bool alone) {
    return rp_call(SYS_flock, file, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB, 0,
                   0) != -EWOULDBLOCK;
}

int rp_system_grow(int file, uint64_t bytes) {
    return (int)-rp_system_quietly(SYS_ftruncate, file, (long)bytes, 0, 0);
}

void *rp_system_map_file(int file, size_t room, enum rp_mapping kind) {
    int saved = errno;
    void *address = mmap(rp_system_aside(room), room, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_NORESERVE, file, 0);

    if (address == MAP_FAILED) {
        address = NULL;
    } else {
        madvise(address, room, MADV_DONTDUMP);
        if (kind != RP_MAP_KEPT && madvise(address, room, MADV_DONTFORK) != 0) {
            munmap(address, room);
            address = NULL;
        }
    }
    errno = saved;
    return address;
}

bool rp_system_populate(void *address, size_t bytes) {
    long result =
        rp_call(SYS_madvise, (long)address, (long)bytes, POPULATE_WRITE, 0);

    return result == 0 || result == -EINVAL || result == -ENOSYS;
}

bool rp_system_can_populate(void) {
    char here;
    long page = (long)round_down((uintptr_t)&here, rp_os_page_bytes());
    long result = rp_call(SYS_madvise, page, 1, POPULATE_WRITE, 0);

    return result != -EINVAL && result != -ENOSYS;
}

void rp_system_punch(int file, uint64_t offset, uint64_t bytes) {
    rp_call(SYS_fallocate, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
            (long)offset, (long)bytes);
}

bool rp_system_private_folder(const char *path) {
    struct stat status;
    int saved = errno;

    if (rp_call(SYS_mkdirat, AT_FDCWD, (long)path, 0700, 0) == 0)
        rp_call(SYS_fchmodat, AT_FDCWD, (long)path, 0700, 0); // whatever umask
    bool safe = lstat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
                status.st_uid == rp_system_user() &&
                (status.st_mode & 0022) == 0;
    errno = saved;
    return safe;
}

void rp_system_unlink(const char *path) {
    rp_call(SYS_unlinkat, AT_FDCWD, (long)path, 0, 0);
}

uint64_t rp_system_file_bytes(int file) {
    // The calls that a process is left with that finishes a trace have no stat.
    long end = rp_call(SYS_lseek, file, 0, SEEK_END, 0);

    return end > 0 ? (uint64_t)end : 0;
}

uint64_t rp_system_free_bytes(int file) {
    struct statfs status;

    if (rp_call(SYS_fstatfs, file, (long)&status, 0, 0) != 0)
        return UINT64_MAX;
    // A file system without a limit, such as one kept in memory, may say 0 of
    // 0.
    if (status.f_blocks == 0)
        return UINT64_MAX;
    return (uint64_t)status.f_bavail * (uint64_t)status.f_bsize;
}
