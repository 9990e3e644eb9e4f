// program.c - finding the program to record, and what may keep it from being
// recorded.
#include "viewer/record/program.h"

#include "viewer/base/text.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PROGRAM_SCRIPT_DEPTH = 4, PROGRAM_MAX_HEADERS = 64 };

const char *program_obstacle_text(enum program_obstacle obstacle) {
    switch (obstacle) {
    case PROGRAM_STATIC:
        return "is statically linked, so the recorder cannot be preloaded; "
               "link it with the instrumented librpscope instead";
    case PROGRAM_PRIVILEGED:
        return "runs with privileges of its file (setuid, setgid or "
               "capabilities), and the system preloads nothing into such a "
               "program; record a copy without them";
    case PROGRAM_FOREIGN:
        return "is made for another kind of processor than the recorder, "
               "which therefore cannot be preloaded";
    case PROGRAM_OTHER_LIBC:
        return "is made for another C library than the recorder, so it runs "
               "and nothing of it, or of what it starts, is recorded; record a "
               "build of it for glibc";
    default:
        return "";
    }
}

// Whether `path` can be executed; the reason why not is left in errno.
static bool program_runs(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        errno = EACCES;
        return false;
    }
    return eaccess(path, X_OK) == 0;
}

static bool program_search(struct program *program, const char *name,
                           struct failure *failure) {
    const char *folders = getenv("PATH");
    if (!folders)
        folders = "/bin:/usr/bin"; // as execvp does
    int reason = ENOENT;
    while (*name) {
        size_t length = strcspn(folders, ":");
        int written = snprintf(program->path, sizeof program->path, "%.*s%s%s",
                               (int)length, folders, length ? "/" : "./", name);
        if (written > 0 && (size_t)written < sizeof program->path) {
            if (program_runs(program->path))
                return true;
            if (errno != ENOENT && errno != ENOTDIR)
                reason = errno;
        }
        if (!folders[length])
            break;
        folders += length + 1;
    }
    if (reason == ENOENT)
        return fail(failure,
                    "cannot start \"%s\": no program of that name in PATH",
                    name);
    return fail(failure, "cannot start \"%s\": %s", name, strerror(reason));
}

// Reads the first bytes of a file; returns how many.
static size_t program_head(const char *path, char *bytes, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t got = pread(fd, bytes, size, 0);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}

// What stands after "#!", without arguments.
static bool program_script(const char *head, size_t size, char *interpreter) {
    if (size < 3 || head[0] != '#' || head[1] != '!')
        return false;
    size_t from = 2;
    while (from < size && (head[from] == ' ' || head[from] == '\t'))
        from++;
    size_t to = from;
    while (to < size && !strchr(" \t\n", head[to])) // NUL is found as well
        to++;
    if (to == from || to - from >= PATH_MAX)
        return false;
    memcpy(interpreter, head + from, to - from);
    interpreter[to - from] = 0;
    return true;
}

// The last part of the path of its dynamic linker; "" when it has none. False
// when it cannot be read.
static bool program_linker(const char *path, char name[NAME_MAX + 1]) {
    Elf64_Ehdr header;
    Elf64_Phdr headers[PROGRAM_MAX_HEADERS];
    char linker[PATH_MAX] = "";
    *name = 0;
    if (program_head(path, (char *)&header, sizeof header) < sizeof header)
        return false;
    size_t count = header.e_phnum < PROGRAM_MAX_HEADERS ? header.e_phnum
                                                        : PROGRAM_MAX_HEADERS;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t got =
        pread(fd, headers, count * sizeof *headers, (off_t)header.e_phoff);
    bool good = got >= 0 && (size_t)got == count * sizeof *headers;
    for (size_t i = 0; good && i < count; i++)
        if (headers[i].p_type == PT_INTERP) {
            good = pread(fd, linker, sizeof linker - 1,
                         (off_t)headers[i].p_offset) > 1;
            break;
        }
    close(fd);
    snprintf(name, NAME_MAX + 1, "%.*s", NAME_MAX, text_base_name(linker));
    return good;
}

static enum program_obstacle program_elf(const char *path) {
    Elf64_Ehdr header;
    if (program_head(path, (char *)&header, sizeof header) < sizeof header ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return PROGRAM_FINE; // the kernel will say what it thinks of it
    Elf64_Ehdr own;
    if (program_head("/proc/self/exe", (char *)&own, sizeof own) ==
            sizeof own &&
        (header.e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
         header.e_machine != own.e_machine))
        return PROGRAM_FOREIGN;
    char linker[NAME_MAX + 1], ours[NAME_MAX + 1];
    if (!program_linker(path, linker))
        return PROGRAM_FINE;
    if (!*linker)
        return PROGRAM_STATIC;
    // Wherever it lies: the C library's of its own folder is as good.
    if (program_linker("/proc/self/exe", ours) && *ours &&
        strcmp(linker, ours) != 0)
        return PROGRAM_OTHER_LIBC;
    return PROGRAM_FINE;
}

static enum program_obstacle program_examine(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        return PROGRAM_FINE;
    // Privileges that we have already change nothing, and are no obstacle.
    if ((status.st_mode & S_ISUID && status.st_uid != geteuid()) ||
        (status.st_mode & S_ISGID && status.st_mode & S_IXGRP &&
         status.st_gid != getegid()) ||
        (geteuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0))
        return PROGRAM_PRIVILEGED;
    return program_elf(path);
}

bool program_find(struct program *program, const char *name,
                  struct failure *failure) {
    *program = (struct program){.obstacle = PROGRAM_FINE};
    if (strchr(name, '/')) {
        if (snprintf(program->path, sizeof program->path, "%s", name) >=
            (int)sizeof program->path)
            return fail(failure, "cannot start \"%s\": the path is too long",
                        name);
        if (!program_runs(name))
            return fail(failure, "cannot start \"%s\": %s", name,
                        strerror(errno));
    } else if (!program_search(program, name, failure)) {
        return false;
    }
    // What counts for a script is its interpreter.
    char runs[PATH_MAX];
    snprintf(runs, sizeof runs, "%s", program->path);
    for (int depth = 0; depth < PROGRAM_SCRIPT_DEPTH; depth++) {
        char head[PATH_MAX];
        size_t size = program_head(runs, head, sizeof head);
        if (!program_script(head, size, program->interpreter))
            break;
        if (!program_runs(program->interpreter))
            return fail(failure,
                        "cannot start \"%s\": its interpreter \"%s\" cannot "
                        "be started: %s",
                        name, program->interpreter, strerror(errno));
        snprintf(runs, sizeof runs, "%s", program->interpreter);
    }
    program->obstacle = program_examine(runs);
    return true;
}
