// run.c - running a program again and again in the same way.
#include "viewer/verify/run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/record/child.h"
#include "viewer/record/library.h"
#include "viewer/verify/log.h"

static void stage_path(const struct verify_stage *stage, const char *name,
                       char *path) {
    snprintf(path, VERIFY_PATH, "%.*s/%s", VERIFY_PATH - 64, stage->folder,
             name);
}

// Everything from one open file into another; false: errno tells.
static bool copy_all(int from, int to) {
    char bytes[1 << 16];
    for (;;) {
        ssize_t got = read(from, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(to, bytes + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                return false;
            done += put > 0 ? put : 0;
        }
    }
}

// Input that comes through a pipe comes once: it is read to its end, and each
// run reads it from a file.
static bool stage_input(struct verify_stage *stage, struct failure *failure) {
    struct stat status;
    stage->input_at = -1;
    if (fstat(0, &status) != 0)
        return true;
    if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
        char path[VERIFY_PATH];
        stage_path(stage, "in", path);
        int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0 || !copy_all(0, file) || dup2(file, 0) < 0) {
            fail(failure, "cannot keep the input in \"%s\": %s", path,
                 strerror(errno));
            if (file >= 0)
                close(file);
            return false;
        }
        close(file);
        stage->input_at = 0;
    } else if (S_ISREG(status.st_mode)) {
        stage->input_at = lseek(0, 0, SEEK_CUR);
    }
    return true;
}

static void stage_environment(struct verify_stage *stage, const char *logger,
                              const char *stacks) {
    static const char *const unwanted[] = {"RPSCOPE_ROOT",   "RPSCOPE_DESK",
                                           "RPSCOPE_BUFFER", "RPSCOPE_PARENT",
                                           "RPSCOPE_LIMIT",  "RPSCOPE_STACKS"};
    char path[VERIFY_PATH];
    const char *preloaded = getenv("LD_PRELOAD");
    char *libraries;
    stage->preloaded = preloaded ? strdup(preloaded) : NULL;
    if (asprintf(&libraries, "%s:%s/malloc.so:%s/other.so%s%s", logger,
                 stage->folder, stage->folder,
                 preloaded && *preloaded ? ":" : "",
                 preloaded ? preloaded : "") > 0)
        setenv("LD_PRELOAD", libraries, 1);
    stage_path(stage, "log", path);
    setenv(CALL_LOG_VARIABLE, path, 1);
    for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++)
        unsetenv(unwanted[i]);
    stage_path(stage, "trace.rptrace", path);
    setenv("RPSCOPE_FILE", path, 1);
    setenv("RPSCOPE_RECORD", "on", 1);
    setenv("RPSCOPE_FOLLOW", "none", 1);
    setenv("RPSCOPE_FORCE", "1", 1);
    setenv("RPSCOPE_RINGS", stage->folder, 1);
    if (stacks)
        setenv("RPSCOPE_STACKS", stacks, 1);
}

bool verify_stage_begin(struct verify_stage *stage, const char *logger,
                        const char *stacks, struct failure *failure) {
    const char *where = getenv("TMPDIR");
    *stage = (struct verify_stage){.input_at = -1};
    if (!where || *where != '/' || strlen(where) > VERIFY_PATH / 2)
        where = "/tmp";
    char folder[VERIFY_PATH];
    snprintf(folder, sizeof folder, "%s/rpscope-verify-XXXXXX", where);
    if (!library_can_preload(folder) || !library_can_preload(logger))
        return fail(failure,
                    "cannot preload from \"%s\": the path has a blank or a "
                    "colon",
                    library_can_preload(folder) ? logger : folder);
    if (!mkdtemp(folder))
        return fail(failure, "cannot make a folder in \"%s\": %s", where,
                    strerror(errno));
    snprintf(stage->folder, sizeof stage->folder, "%s", folder);
    if (!stage_input(stage, failure)) {
        verify_stage_end(stage);
        return false;
    }
    struct stat output, errors;
    stage->one_output = fstat(1, &output) == 0 && fstat(2, &errors) == 0 &&
                        output.st_dev == errors.st_dev &&
                        output.st_ino == errors.st_ino;
    stage_environment(stage, logger, stacks);
    return true;
}

static int stage_remove(const char *path, const struct stat *status, int kind,
                        struct FTW *place) {
    (void)status, (void)kind, (void)place;
    remove(path);
    return 0;
}

void verify_stage_end(struct verify_stage *stage) {
    if (*stage->folder)
        nftw(stage->folder, stage_remove, 16, FTW_DEPTH | FTW_PHYS);
    *stage->folder = 0;
}

// In the child: from here on it is the program's.
static _Noreturn void run_become(const struct verify_stage *stage,
                                 const struct verify_run *run,
                                 const struct child *child, const char *path,
                                 char **words) {
    static const int flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC;
    int output = open(run->output, flags, 0600);
    int errors = stage->one_output ? output : open(run->errors, flags, 0600);
    // What was closed stays closed.
    bool good = output >= 0 && errors >= 0 &&
                (fcntl(1, F_GETFD) < 0 || dup2(output, 1) >= 0) &&
                (fcntl(2, F_GETFD) < 0 || dup2(errors, 2) >= 0);
    // Where the system does not let us, addresses are chance.
    if (!run->is_moved)
        personality(ADDR_NO_RANDOMIZE);
    if (!run->library && stage->preloaded)
        setenv("LD_PRELOAD", stage->preloaded, 1);
    else if (!run->library)
        unsetenv("LD_PRELOAD");
    if (!good)
        child_fail(child);
    child_exec(child, path, words);
}

static bool run_wait(const struct verify_stage *stage, struct verify_run *run,
                     const char *path, char **words, struct failure *failure) {
    struct child child;
    if (child_fork(&child) == 0)
        run_become(stage, run, &child, path, words);
    int error = child_started(&child);
    if (child.process > 0)
        child_wait(child.process, &run->status);
    child_restore(&child);
    if (error)
        return fail(failure, "cannot start \"%s\": %s", words[0],
                    strerror(error));
    return true;
}

// The paths that the program sees are those of every run; afterwards each
// run's files get a number.
static void run_keep(const struct verify_stage *stage, const char *name,
                     char *path) {
    char kept[VERIFY_PATH], numbered[32];
    snprintf(numbered, sizeof numbered, "%s.%d", name, stage->runs);
    stage_path(stage, numbered, kept);
    rename(path, kept);
    memcpy(path, kept, sizeof kept);
}

bool verify_run(struct verify_stage *stage, struct verify_run *run,
                const char *path, char **words, struct failure *failure) {
    char library[VERIFY_PATH], other[VERIFY_PATH], trace[VERIFY_PATH];
    stage_path(stage, "malloc.so", library);
    stage_path(stage, "other.so", other);
    stage_path(stage, "trace.rptrace", trace);
    stage_path(stage, "log", run->log);
    stage_path(stage, "out", run->output);
    stage_path(stage, "err", run->errors);
    unlink(library);
    unlink(other);
    unlink(trace);
    if (run->library && (symlink(run->library, library) != 0 ||
                         symlink(run->other, other) != 0))
        return fail(failure, "cannot make the link \"%s\": %s", library,
                    strerror(errno));
    if (!verify_log_create(run->log, failure))
        return false;
    if (stage->input_at >= 0)
        lseek(0, stage->input_at, SEEK_SET);
    fflush(NULL);
    if (!run_wait(stage, run, path, words, failure))
        return false;
    stage->runs++;
    run->is_recorded = access(trace, F_OK) == 0;
    run_keep(stage, "log", run->log);
    run_keep(stage, "out", run->output);
    run_keep(stage, "err", run->errors);
    return true;
}

bool verify_run_had(const struct verify_stage *stage, const char *library) {
    char path[VERIFY_PATH];
    stage_path(stage, "malloc.so", path);
    return strcmp(path, library) == 0;
}

static void show_file(const char *path, int to) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    copy_all(file, to);
    close(file);
}

void verify_run_show(const struct verify_run *run) {
    show_file(run->output, 1);
    show_file(run->errors, 2);
}

static bool same_file(const char *one, const char *other) {
    FILE *a = fopen(one, "re"), *b = fopen(other, "re");
    int x = EOF, y = EOF;
    if (a && b)
        do {
            x = getc(a);
            y = getc(b);
        } while (x == y && x != EOF);
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return x == y;
}

bool verify_run_same_output(const struct verify_run *one,
                            const struct verify_run *other) {
    return same_file(one->output, other->output) &&
           same_file(one->errors, other->errors);
}
