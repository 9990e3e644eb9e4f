// target.c - the file that a command writes, which is there whole or not at
// all.
#include "viewer/output/target.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/memory.h"

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { INTERRUPTS = sizeof interrupts / sizeof *interrupts };

// What the handler removes; set while interrupts are held back.
static const char *volatile part_path;

static void interrupted(int number) {
    const char *path = part_path;
    if (path)
        unlink(path);
    signal(number, SIG_DFL);
    raise(number);
}

static void hold_back(bool held) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < INTERRUPTS; i++)
        sigaddset(&set, interrupts[i]);
    sigprocmask(held ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

// One that is ignored stays so: nohup.
static void watch(void) {
    struct sigaction action = {.sa_handler = interrupted}, before;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < INTERRUPTS; i++)
        if (sigaction(interrupts[i], NULL, &before) == 0 &&
            before.sa_handler == SIG_DFL)
            sigaction(interrupts[i], &action, NULL);
}

static bool refuse(const char *path, int error, struct failure *failure) {
    return fail(failure, "cannot write \"%s\": %s", path, strerror(error));
}

// Where a link leads to: the link stays.
static char *resolve(const char *path) {
    char *whole = realpath(path, NULL);
    return whole ? whole : memory_text(path, strlen(path));
}

// The mode that the file has, or that a new one would have.
static mode_t mode_of(const char *path) {
    struct stat status;
    if (stat(path, &status) == 0)
        return status.st_mode & 0777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static bool open_part(struct target *target) {
    static const char suffix[] = ".part-XXXXXX";
    size_t length = strlen(target->whole);
    target->part = memory_get(length + sizeof suffix);
    memcpy(target->part, target->whole, length);
    memcpy(target->part + length, suffix, sizeof suffix);
    hold_back(true);
    int fd = mkstemp(target->part);
    if (fd >= 0)
        part_path = target->part;
    int error = errno;
    hold_back(false);
    errno = error;
    if (fd < 0)
        return false;
    fchmod(fd, mode_of(target->whole));
    target->out = fdopen(fd, "w");
    return target->out != NULL;
}

static void forget(struct target *target) {
    hold_back(true);
    part_path = NULL;
    hold_back(false);
    free(target->part);
    free(target->whole);
    *target = (struct target){.out = NULL};
}

bool target_open(struct target *target, const char *path,
                 struct failure *failure) {
    struct stat status;
    *target = (struct target){.path = path};
    bool is_there = stat(path, &status) == 0;
    if (is_there && !S_ISREG(status.st_mode)) {
        target->out = fopen(path, "w");
        return target->out || refuse(path, errno, failure);
    }
    if (is_there && access(path, W_OK) != 0)
        return refuse(path, errno, failure);
    watch();
    target->whole = resolve(path);
    if (open_part(target))
        return true;
    refuse(path, errno, failure);
    forget(target);
    return false;
}

bool target_close(struct target *target, struct failure *failure) {
    const char *path = target->path;
    errno = 0;
    bool good = fflush(target->out) == 0 && !ferror(target->out);
    int error = errno;
    if (fclose(target->out) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good && target->part && rename(target->part, target->whole) != 0) {
        good = false;
        error = errno;
    }
    if (!good && target->part)
        unlink(target->part);
    forget(target);
    return good || refuse(path, error ? error : EIO, failure);
}

void target_drop(struct target *target) {
    fclose(target->out);
    if (target->part)
        unlink(target->part);
    forget(target);
}
