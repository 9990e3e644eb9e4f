// ctl.c - rpscope ctl: a word with a recording that is under way.
#include "viewer/record/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/record/buffers.h"
#include "viewer/record/call.h"

struct ctl {
    uint32_t process;
    bool is_elsewhere;      // its buffers may lie in any folder
    struct buffers buffers; // open, if they are found
    bool is_found;
};

// Whether somebody is writing the trace. A process that has become another
// program has left nothing locked.
static bool ctl_is_written(const char *trace) {
    int file = open(trace, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    bool is_written = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0;
    if (file >= 0)
        close(file);
    return is_written;
}

static void ctl_compare(void *context, const char *path) {
    struct ctl *ctl = context;
    struct buffers *b = &ctl->buffers;
    if (ctl->is_found || buffers_open(b, path, !ctl->is_elsewhere) != 0)
        return;
    ctl->is_found = b->shared.process == ctl->process && *b->shared.trace &&
                    ctl_is_written(b->shared.trace);
    if (!ctl->is_found)
        buffers_close(b);
}

// Rings without a name, of a process that has other rights than its recorder:
// the system has them, for root. The line is that of the mapping.
static void ctl_compare_mapped(struct ctl *ctl, const char *line) {
    struct buffers *b = &ctl->buffers;
    char range[64];
    snprintf(range, sizeof range, "%.*s", (int)strcspn(line, " "), line);
    ctl->is_found = buffers_open_mapped(b, ctl->process, range) == 0;
    if (ctl->is_found && !ctl_is_written(b->shared.trace)) {
        buffers_close(b);
        ctl->is_found = false;
    }
}

// Rings in a folder of somebody's choice are mapped by the process. Returns
// whether the recorder is.
static bool ctl_search(struct ctl *ctl) {
    char maps[64], line[PATH_MAX + 128];
    bool any = false;
    ctl->is_elsewhere = true;
    snprintf(maps, sizeof maps, "/proc/%u/maps", ctl->process);
    FILE *in = fopen(maps, "re");
    while (in && !ctl->is_found && fgets(line, sizeof line, in)) {
        char *path = strchr(line, '/');
        line[strcspn(line, "\n")] = 0;
        any |= path && strstr(path, "/instrumented/librpscope");
        if (path && strstr(path, "/.rings."))
            ctl_compare(ctl, path);
        else if (path && strstr(path, "/memfd:rpscope-rings"))
            ctl_compare_mapped(ctl, line);
    }
    if (in)
        fclose(in);
    return any;
}

// There is nothing to talk to.
static int ctl_say_none(const struct ctl *ctl, bool has_recorder) {
    fprintf(stderr,
            has_recorder
                ? "rpscope ctl: process %u is not being recorded, though the "
                  "recorder is in it: its recording has ended, or it was "
                  "forked and has not allocated anything since (then one "
                  "begins when it does).\n"
                : "rpscope ctl: process %u is not being recorded, or not by "
                  "you.\n",
            ctl->process);
    return EXIT_USAGE;
}

static bool ctl_is_plain(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

static struct rp_shared *ctl_map(const struct buffers *b) {
    void *at = mmap(NULL, sizeof(struct rp_shared), PROT_READ | PROT_WRITE,
                    MAP_SHARED, b->file, 0);
    return at == MAP_FAILED ? NULL : at;
}

// A path that the program shares: it may have any bytes, and no end.
struct ctl_path {
    char text[4 * PATH_MAX];
};

static struct ctl_path ctl_path(const char *path, size_t room) {
    struct ctl_path shown;
    char whole[PATH_MAX + 256];
    size_t bytes = strnlen(path, room < sizeof whole ? room : sizeof whole - 1);
    memcpy(whole, path, bytes);
    whole[bytes] = 0;
    escape_text(shown.text, sizeof shown.text, whole);
    return shown;
}

enum { CTL_WAIT_NS = 50000000, CTL_WAITS = 200, CTL_FAREWELL = 20 };

static int ctl_status(const struct ctl *ctl, const struct rp_shared *shared) {
    struct stat status;
    const char *trace = ctl->buffers.shared.trace;
    uint64_t bytes = stat(trace, &status) == 0 ? (uint64_t)status.st_size : 0;
    printf("process %u is recorded to %s: %s events, %s, %u rings, by %s",
           ctl->process, ctl_path(trace, PATH_MAX).text,
           number_count(shared->events).text, number_iec(bytes).text,
           shared->ring_count,
           shared->drainer_home == RP_DRAINER_PROCESS
               ? "rpscope, process "
               : "a thread of its own\n");
    if (shared->drainer_home == RP_DRAINER_PROCESS)
        printf("%u\n", shared->drainer);
    if (shared->snapshots)
        printf("It has %u snapshot%s.\n", shared->snapshots,
               shared->snapshots == 1 ? "" : "s");
    if (shared->paused && rp_shared_keeps_last(shared))
        puts("It keeps only the last moments, and writes them at the end; "
             "rpscope ctl PID snapshot writes them now.");
    else if (shared->paused)
        puts("It is paused: rpscope ctl PID start begins it.");
    return EXIT_ALL_WELL;
}

// Waits for the answer to what was asked; false: there is none.
static bool ctl_wait(const struct ctl *ctl, struct rp_shared *shared) {
    int patience = CTL_WAITS;
    while (patience-- > 0) {
        if (rp_command_wait(&shared->command, CTL_WAIT_NS))
            return true;
        // Its drainer may still be at work on what it left.
        if (patience > CTL_FAREWELL && kill((pid_t)ctl->process, 0) != 0 &&
            errno == ESRCH)
            patience = CTL_FAREWELL;
    }
    return false;
}

static const char *ctl_why(int error) {
    switch (error) {
    case ECANCELED:
        return "its recording has ended before this could be done";
    case ENODATA:
        return "what it holds is not known any more: the recorder that had "
               "followed it since its start has ended";
    default:
        return strerror(error);
    }
}

static int ctl_answer(const struct ctl *ctl, enum rp_command_kind kind,
                      const struct rp_command *answer) {
    if (answer->error == EALREADY) {
        puts("it is not paused: nothing to start");
        return EXIT_ALL_WELL;
    }
    if (answer->error != 0) {
        fprintf(stderr, "rpscope ctl: process %u: %s.\n", ctl->process,
                ctl_why(answer->error));
        return EXIT_USAGE;
    }
    if (kind == RP_COMMAND_SNAPSHOT)
        printf("snapshot %u is in %s\n", answer->number,
               ctl_path(answer->text, sizeof answer->text).text);
    if (kind == RP_COMMAND_STOP && answer->number != 0)
        puts("paused; rpscope ctl PID start goes on, and another stop ends the "
             "recording for good");
    return EXIT_ALL_WELL;
}

static int ctl_ask(const struct ctl *ctl, struct rp_shared *shared,
                   enum rp_command_kind kind, const char *text) {
    struct rp_command *command = &shared->command;
    bool put = false, answered = false;
    for (int i = 0; i < CTL_FAREWELL && !put; i++) {
        put = rp_command_put(command, kind, text);
        if (!put)
            usleep(CTL_WAIT_NS / 1000);
    }
    if (put) {
        int code = EXIT_USAGE;
        answered = ctl_wait(ctl, shared);
        if (answered)
            code = ctl_answer(ctl, kind, command);
        rp_command_leave(command);
        if (answered)
            return code;
    }
    fprintf(stderr, "rpscope ctl: the recording of process %u %s\n",
            ctl->process,
            put ? "does not answer; is it stopped, or has it ended?"
                : "is busy: somebody else is asking.");
    return EXIT_USAGE;
}

struct ctl_word {
    const char *word;
    enum rp_command_kind kind;
};

static const struct ctl_word ctl_words[] = {{"start", RP_COMMAND_START},
                                            {"stop", RP_COMMAND_STOP},
                                            {"mark", RP_COMMAND_MARK},
                                            {"snapshot", RP_COMMAND_SNAPSHOT}};
enum { CTL_WORDS = sizeof ctl_words / sizeof *ctl_words };

// word: NULL: to say how it goes.
static int ctl_speak(const struct ctl *ctl, struct rp_shared *shared,
                     const struct ctl_word *word, const char *text) {
    bool mark = word && word->kind == RP_COMMAND_MARK;
    if (!word)
        return ctl_status(ctl, shared);
    if (mark && shared->paused && !rp_shared_keeps_last(shared)) {
        fprintf(stderr,
                "rpscope ctl: the recording of process %u is paused; a mark "
                "has no place yet.\n",
                ctl->process);
        return EXIT_USAGE;
    }
    return ctl_ask(ctl, shared, word->kind, mark ? text : "");
}

static int ctl_talk(struct ctl *ctl, const struct ctl_word *word,
                    const char *text) {
    buffers_each(ctl_compare, ctl);
    bool has_recorder = !ctl->is_found && ctl_search(ctl);
    struct rp_shared *shared = ctl->is_found ? ctl_map(&ctl->buffers) : NULL;
    int code;
    if (shared) {
        code = ctl_speak(ctl, shared, word, text);
        munmap(shared, sizeof *shared);
    } else {
        code = ctl_say_none(ctl, has_recorder);
    }
    if (ctl->is_found)
        buffers_close(&ctl->buffers);
    return code;
}

// Asks the library in the process, whether it is recorded or not.
static int ctl_leaks(uint32_t process) {
    struct failure failure = {.text = ""};
    int sites;
    if (!call_in_process(process, "rpmalloc_check_leaks", &sites, &failure)) {
        fprintf(stderr, "rpscope ctl: process %u %s.\n", process, failure.text);
        return EXIT_USAGE;
    }
    if (sites < 0) {
        fprintf(stderr,
                "rpscope ctl: leaks of process %u cannot be told: its blocks "
                "are not checked (rpscope run, or record --check=leaks), or "
                "its threads cannot be stopped.\n",
                process);
        return EXIT_USAGE;
    }
    if (sites == 0)
        puts("no leaks");
    else
        printf("leaks of %d site%s, told on the program's stderr\n", sites,
               sites == 1 ? "" : "s");
    return EXIT_ALL_WELL;
}

static int ctl_run(const struct arguments *arguments) {
    char *const *words = arguments->operands;
    static struct ctl ctl;
    ctl.is_found = ctl.is_elsewhere = false;
    uint64_t process;
    size_t word = 0;
    bool mark = strcmp(words[1], "mark") == 0;
    bool status = strcmp(words[1], "status") == 0;
    if (!options_number(words[0], 1, INT_MAX, &process)) {
        fprintf(stderr, "rpscope ctl: \"%s\" is no process id.\n", words[0]);
        return EXIT_USAGE;
    }
    if (strcmp(words[1], "leaks") == 0 && !words[2])
        return ctl_leaks((uint32_t)process);
    while (word < CTL_WORDS && strcmp(words[1], ctl_words[word].word) != 0)
        word++;
    if ((word == CTL_WORDS && !status) || mark != (words[2] != NULL)) {
        fprintf(stderr,
                "rpscope ctl: after the process id comes status, start, stop, "
                "snapshot, leaks, or mark TEXT, not \"%s\".\n",
                words[1]);
        return EXIT_USAGE;
    }
    if (mark && !ctl_is_plain(words[2])) {
        fputs("rpscope ctl: the text of a mark has a control character; a mark "
              "is one line of text.\n",
              stderr);
        return EXIT_USAGE;
    }
    ctl.process = (uint32_t)process;
    return ctl_talk(&ctl, status ? NULL : &ctl_words[word], words[2]);
}
const struct command ctl_command = {
    .name = "ctl",
    .operands = "PID status|start|stop|snapshot|leaks|mark TEXT",
    .summary = "talk to a recording that is under way",
    .text =
        "status says where the trace of process PID is and how far; mark puts "
        "TEXT on its\n"
        "timeline; start begins a recording that is paused (record --paused): "
        "the trace\n"
        "then has all that is in use at that moment, with its stacks, and what "
        "comes after\n"
        "it; stop pauses such a recording again, and ends any other, and one "
        "that is\n"
        "paused, with a whole trace: the program goes on.\n\n"
        "snapshot writes all that is in use now, while a recording is paused; "
        "of one that\n"
        "keeps only the last moments (record --last) these, as a trace of "
        "their own,\n"
        "FILE.snapshot-N.rptrace; of any other, a point in time for report "
        "--at snapshot-N.\n"
        "The recording goes on as before.\n\n"
        "leaks tells, on the program's stderr, of blocks that nothing leads to "
        "any more, in a\n"
        "process that runs with checks (rpscope run, record --check), recorded "
        "or not; its\n"
        "threads stand still meanwhile. It takes the right to trace the "
        "process.\n\n"
        "  rpscope ctl 4711 mark \"level loaded\"\n"
        "  rpscope ctl 4711 snapshot",
    .least = 2,
    .most = 3,
    .run = ctl_run,
};
