// record_ctl.c - rpscope ctl: a word with a recording that is under way.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/commands.h"
#include "viewer/number.h"
#include "viewer/record_buffers.h"

struct ctl {
    uint32_t process;
    char path[PATH_MAX]; // of its buffers; "" when there are none
};

static void ctl_compare(void *context, const char *path) {
    struct ctl *ctl = context;
    const struct rp_shared *shared = buffers_read(path);
    if (!shared || shared->process != ctl->process || !*shared->trace)
        return;
    // A process that has become another program has left nothing locked.
    int file = open(shared->trace, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    if (flock(file, LOCK_SH | LOCK_NB) != 0)
        snprintf(ctl->path, sizeof ctl->path, "%s", path);
    close(file);
}

static struct rp_shared *ctl_map(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return NULL;
    void *at = mmap(NULL, sizeof(struct rp_shared), PROT_READ | PROT_WRITE,
                    MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? NULL : at;
}

static int ctl_status(const struct rp_shared *shared) {
    struct stat status;
    uint64_t bytes =
        stat(shared->trace, &status) == 0 ? (uint64_t)status.st_size : 0;
    printf("process %u is recorded to %s: %s events, %s, %u rings, by %s",
           shared->process, shared->trace, number_count(shared->events).text,
           number_iec(bytes).text, shared->ring_count,
           shared->home == RP_HOME_OUTSIDE ? "rpscope, process "
                                           : "a thread of its own\n");
    if (shared->home == RP_HOME_OUTSIDE)
        printf("%u\n", shared->drainer);
    if (shared->paused && shared->last_ns)
        puts("It keeps only the last moments, and writes them at the end.");
    else if (shared->paused)
        puts("It is paused: rpscope ctl PID start begins it.");
    return EXIT_ALL_WELL;
}

static int ctl_ask(struct rp_shared *shared, enum rp_command_kind kind,
                   const char *text) {
    if (rp_command_ask(&shared->asked, kind, text))
        return EXIT_ALL_WELL;
    fprintf(stderr,
            "rpscope ctl: the recording of process %u does not answer; is it "
            "stopped, or is somebody else asking?\n",
            shared->process);
    return EXIT_USAGE;
}

static int ctl_run(const struct arguments *arguments) {
    char *const *words = arguments->operands;
    struct ctl ctl = {.path = ""};
    uint64_t process;
    bool mark = strcmp(words[1], "mark") == 0;
    if (!options_number(words[0], 1, INT_MAX, &process)) {
        fprintf(stderr, "rpscope ctl: \"%s\" is no process id.\n", words[0]);
        return EXIT_USAGE;
    }
    if ((!mark && strcmp(words[1], "stop") != 0 &&
         strcmp(words[1], "start") != 0 && strcmp(words[1], "status") != 0) ||
        mark != (words[2] != NULL)) {
        fprintf(stderr,
                "rpscope ctl: after the process id comes status, start, stop, "
                "or mark TEXT, not \"%s\".\n",
                words[1]);
        return EXIT_USAGE;
    }
    ctl.process = (uint32_t)process;
    buffers_each(ctl_compare, &ctl);
    struct rp_shared *shared = *ctl.path ? ctl_map(ctl.path) : NULL;
    if (!shared) {
        fprintf(stderr,
                "rpscope ctl: process %u is not being recorded, or not by "
                "you.\n",
                ctl.process);
        return EXIT_USAGE;
    }
    if (mark && shared->paused) {
        fprintf(stderr,
                "rpscope ctl: the recording of process %u is paused; a mark "
                "has no place yet.\n",
                ctl.process);
        return EXIT_USAGE;
    }
    if (mark)
        return ctl_ask(shared, RP_COMMAND_MARK, words[2]);
    if (strcmp(words[1], "stop") == 0)
        return ctl_ask(shared, RP_COMMAND_STOP, "");
    if (strcmp(words[1], "start") == 0)
        return ctl_ask(shared, RP_COMMAND_START, "");
    return ctl_status(shared);
}

const struct command command_ctl = {
    .name = "ctl",
    .operands = "PID status|start|stop|mark TEXT",
    .summary = "talk to a recording that is under way",
    .text =
        "status says where the trace of process PID is and how far; mark puts "
        "TEXT on its\n"
        "timeline; start begins a recording that was begun with record "
        "--paused: the trace\n"
        "then has all that is in use at that moment, with its stacks, and what "
        "comes after\n"
        "it; stop ends the recording with a whole trace, and the "
        "program goes on.\n\n"
        "  rpscope ctl 4711 mark \"level loaded\"",
    .least = 2,
    .most = 3,
    .run = ctl_run,
};
