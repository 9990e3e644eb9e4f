// naming.c - see naming.h.
#include "instrument/drain/naming.h"

#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

enum { NAMES = 100 }; // tried, for a trace that may not replace another

// Where the trace is to be and, when none was asked for, its default name.
static void wish_path(struct rp_shared *shared, const char *asked) {
    struct rp_line line = rp_line_start(shared->wanted, sizeof shared->wanted);

    if (asked[0] != '/') {
        rp_system_folder(line.text, sizeof shared->wanted);
        // What is outside of its own root has no path, and what is too long is
        // of no use.
        bool fits = line.text[0] == '/' && strlen(line.text) + strlen(asked) +
                                                   sizeof shared->program +
                                                   sizeof "/.rptrace" <
                                               sizeof shared->wanted;
        line.used = fits ? strlen(line.text) : 0;
        rp_line_text(&line, fits && line.used > 1 ? "/" : "");
    }
    rp_line_text(&line, asked);
    if (asked[0] == 0) {
        rp_line_text(&line, shared->program);
        rp_line_text(&line, ".rptrace");
    }
}

void rp_naming_mounts(char *mounts, size_t room) {
    rp_system_link("/proc/self/ns/mnt", mounts, room);
}

void rp_naming_wish(struct rp_shared *shared, const struct rp_options *options,
                    bool exact) {
    char path[RP_PATH_BYTES];
    const char *slash;
    struct rp_line line =
        rp_line_start(shared->program, sizeof shared->program);

    rp_system_link("/proc/self/exe", path, sizeof path);
    slash = strrchr(path, '/');
    rp_line_text(&line, slash != NULL ? slash + 1 : path);
    if (line.used == 0) { // there is no /proc
        char name[16] = {0};
        rp_system_thread_name(0, 0, name);
        rp_line_text(&line, name);
    }
    rp_naming_mounts(shared->mounts, sizeof shared->mounts);
    wish_path(shared, options->file);
    shared->exact = exact && options->file[0] != 0;
    shared->gathers = options->root != 0 && options->file[0] != 0;
    shared->force = options->force;
    shared->drops = options->drops;
    shared->limit = options->limit;
}

static const char *suffix_of(const char *path) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');

    return dot != NULL && (slash == NULL || slash < dot) ? dot
                                                         : path + strlen(path);
}

// Adds to NAME the folder for the traces of all other processes, and the name
// of the program; nothing when no such folder can be had.
static void gather(const struct rp_shared *shared, struct rp_line *line) {
    size_t before = line->used;

    rp_line_text(line, ".processes");
    if (!rp_system_private_folder(line->text)) {
        line->text[line->used = before] = 0;
        return;
    }
    rp_line_text(line, "/");
    size_t start = line->used;
    rp_line_text(line, shared->program);
    for (size_t i = start; i < line->used; i++)
        if (line->text[i] == '/') // whatever the program says that it is called
            line->text[i] = '_';
}

static void derive(struct rp_shared *shared, unsigned number) {
    const char *suffix = suffix_of(shared->wanted);
    struct rp_line line = rp_line_start(shared->trace, sizeof shared->trace);

    rp_line_bytes(&line, shared->wanted, (size_t)(suffix - shared->wanted));
    if (shared->gathers)
        gather(shared, &line);
    rp_line_text(&line, ".");
    rp_line_number(&line, shared->process);
    if (number > 1) {
        rp_line_text(&line, ".");
        rp_line_number(&line, number);
    }
    rp_line_text(&line, suffix);
}

int rp_naming_create(struct rp_shared *shared, int *file) {
    int error = EEXIST;

    if (shared->exact) {
        struct rp_line line =
            rp_line_start(shared->trace, sizeof shared->trace);
        rp_line_text(&line, shared->wanted);
        error = rp_system_create(shared->trace, shared->force, file);
        // Another process came first; or this one, before it became another
        // program: rpscope record makes sure that nothing older is there.
        if (error != EBUSY && error != EEXIST)
            return error;
        error = EEXIST;
    }
    for (unsigned i = 1; i <= NAMES && (error == EEXIST || error == EBUSY);
         i++) {
        derive(shared, i);
        error = rp_system_create(shared->trace, false, file);
    }
    return error;
}

void rp_naming_complain(const char *trace, int error) {
    const char *reason = rp_system_reason(error);
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, trace);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be made");
    rp_line_text(&line, ". Nothing is recorded.");
    rp_system_say(text);
}
