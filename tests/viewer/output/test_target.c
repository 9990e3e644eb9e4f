// test_target.c - a file is there whole, or as it was before.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "viewer/output/target.h"

static char folder[] = "/tmp/target-XXXXXX";
static char path[64];

static void begin(void) {
    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/out", folder);
}

static void put(const char *name, const char *text) {
    FILE *out = fopen(name, "w");
    fputs(text, out);
    fclose(out);
}

static const char *content(void) {
    static char text[64];
    FILE *in = fopen(path, "r");
    size_t size = in ? fread(text, 1, sizeof text - 1, in) : 0;
    text[size] = '\0';
    if (in)
        fclose(in);
    return text;
}

static int holds(const char *text) {
    return strcmp(content(), text) == 0;
}

static int files(void) {
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void end(void) {
    unlink(path);
    cr_expect(eq(int, rmdir(folder), 0), "something is left");
}

TestSuite(target, .init = begin, .fini = end);

Test(target, it_takes_the_place_of_what_was_there_when_it_is_whole) {
    struct target target;
    struct failure failure = {.text = ""};
    put(path, "old");

    cr_assert(target_open(&target, path, &failure));
    fputs("new", target.out);
    fflush(target.out);
    cr_expect(eq(int, holds("old"), 1));
    cr_assert(target_close(&target, &failure));

    cr_expect(eq(int, holds("new"), 1));
    cr_expect(eq(int, files(), 1));
}

Test(target, dropped_it_leaves_nothing) {
    struct target target;
    struct failure failure = {.text = ""};

    cr_assert(target_open(&target, path, &failure));
    fputs("new", target.out);
    target_drop(&target);

    cr_expect(eq(int, files(), 0));
}

Test(target, a_new_file_has_the_mode_that_any_has_and_an_old_one_keeps_its) {
    struct target target;
    struct failure failure = {.text = ""};
    struct stat status;
    umask(027);

    for (int i = 0; i < 2; i++) {
        cr_assert(target_open(&target, path, &failure));
        cr_assert(target_close(&target, &failure));
        stat(path, &status);
        cr_expect(eq(u32, status.st_mode & 0777, i == 0 ? 0640 : 0604));
        chmod(path, 0604);
    }
}

Test(target, a_link_stays_a_link) {
    struct target target;
    struct failure failure = {.text = ""};
    char link[80];
    struct stat status;
    snprintf(link, sizeof link, "%s/link", folder);
    put(path, "old");
    cr_assert(eq(int, symlink(path, link), 0));

    cr_assert(target_open(&target, link, &failure));
    fputs("new", target.out);
    cr_assert(target_close(&target, &failure));

    lstat(link, &status);
    cr_expect(ne(int, S_ISLNK(status.st_mode), 0));
    cr_expect(eq(int, holds("new"), 1));
    unlink(link);
}

static void interrupted_by(int number) {
    put(path, "old");
    pid_t child = fork();
    if (child == 0) {
        struct target target;
        struct failure failure = {.text = ""};
        signal(number, SIG_DFL);
        if (!target_open(&target, path, &failure))
            _exit(1);
        fputs("half of it", target.out);
        fflush(target.out);
        raise(number);
        _exit(2);
    }
    int status;
    cr_assert(eq(i32, waitpid(child, &status, 0), child));

    cr_assert(ne(int, WIFSIGNALED(status), 0));
    cr_expect(eq(int, WTERMSIG(status), number));
    cr_expect(eq(int, holds("old"), 1));
    cr_expect(eq(int, files(), 1));
}

Test(target, nothing_is_left_by_ctrl_c) {
    interrupted_by(SIGINT);
}
Test(target, nothing_is_left_by_a_hangup) {
    interrupted_by(SIGHUP);
}
Test(target, nothing_is_left_by_sigterm) {
    interrupted_by(SIGTERM);
}

Test(target, a_signal_that_is_ignored_stays_so) {
    struct target target;
    struct failure failure = {.text = ""};
    signal(SIGHUP, SIG_IGN);

    cr_assert(target_open(&target, path, &failure));
    raise(SIGHUP);
    fputs("new", target.out);
    cr_assert(target_close(&target, &failure));

    cr_expect(eq(int, holds("new"), 1));
}

Test(target, what_cannot_be_written_is_said) {
    struct target target;
    struct failure failure = {.text = ""};

    cr_expect(not(target_open(&target, "/nowhere/else/out", &failure)));
    cr_expect(strstr(failure.text, "\"/nowhere/else/out\": No such file") !=
              NULL);

    cr_assert(target_open(&target, "/dev/full", &failure));
    fputs("new", target.out);
    cr_expect(not(target_close(&target, &failure)));
    cr_expect(strstr(failure.text, "No space left") != NULL);
}
