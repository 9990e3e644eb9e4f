// path.c - see path.h.
#include "instrument/shm/path.h"

#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { FOLDERS = 4 };

// The process that starts has one thread that does this, with a small stack.
static char path[RP_PATH_BYTES + 64];
static char sentence[2 * RP_PATH_BYTES];

// The i-th folder to try; false: there is no such.
static bool folder(const struct rp_options *options, unsigned i,
                   struct rp_line *line) {
    const char *slash, *runtime;

    switch (i) {
    case 0:
        rp_line_text(line, options->rings);
        return options->rings[0] != 0;
    case 1:
        runtime = rp_system_environment("XDG_RUNTIME_DIR");
        if (runtime == NULL || runtime[0] != '/' ||
            strlen(runtime) > RP_PATH_BYTES / 2)
            return false;
        rp_line_text(line, runtime);
        rp_line_text(line, "/rpscope");
        return rp_system_private_folder(line->text);
    case 2:
        rp_line_text(line, "/dev/shm/rpscope-");
        rp_line_number(line, rp_system_user());
        return rp_system_private_folder(line->text);
    default:
        slash = strrchr(options->file, '/');
        if (slash == NULL)
            rp_system_folder(line->text, RP_PATH_BYTES);
        else
            rp_line_bytes(line, options->file, (size_t)(slash - options->file));
        line->used = strlen(line->text);
        return true;
    }
}

// Whoever looks for rings later looks into no folder that others may write to.
static int look_at(const char *asked) {
    int opened, error = rp_system_open_folder(asked, true, &opened);

    if (error == 0)
        rp_system_close(opened);
    return error;
}

static void add_name(struct rp_line *line, uint64_t trace_id) {
    rp_line_text(line, "/.rings.");
    rp_line_number(line, rp_system_process());
    rp_line_text(line, ".");
    rp_line_id(line, trace_id);
}

bool rp_path_is_rings(const char *name, uint32_t *process, uint64_t *trace_id) {
    char again[64];
    struct rp_line line = rp_line_start(again, sizeof again);
    uint64_t number = 0, id = 0;

    if (strncmp(name, ".rings.", 7) != 0)
        return false;
    for (name += 7; *name >= '0' && *name <= '9' && number <= UINT32_MAX;
         name++)
        number = number * 10 + (uint64_t)(*name - '0');
    rp_line_number(&line, number);
    if (number == 0 || number > UINT32_MAX || *name != '.' ||
        strlen(name + 1) != 16 || name[-(ptrdiff_t)line.used - 1] != '.')
        return false;
    for (const char *at = name + 1; *at != 0; at++) {
        const char *digits = "0123456789abcdef", *digit = strchr(digits, *at);
        if (digit == NULL)
            return false;
        id = id << 4 | (uint64_t)(digit - digits);
    }
    *process = (uint32_t)number;
    *trace_id = id;
    return true;
}

static void say(const char *failed, int error, const char *instead) {
    const char *reason = rp_system_reason(error);
    struct rp_line line = rp_line_start(sentence, sizeof sentence);

    rp_line_text(&line, failed);
    rp_line_text(&line, ": ");
    rp_line_text(&line, error == EPERM   ? "others may write into the folder"
                        : reason != NULL ? reason
                                         : "cannot be used");
    rp_line_text(&line, ". The buffers of the recording are ");
    rp_line_text(&line, instead);
    rp_line_text(&line, ".");
    rp_system_say(sentence);
}

bool rp_path_make(struct rp_shm *shm, const struct rp_options *options,
                  uint64_t trace_id, size_t more, size_t ahead) {
    char failed[512] = "";
    int first_error = 0;

    for (unsigned i = 0; i < FOLDERS; i++) {
        struct rp_line line = rp_line_start(path, sizeof path);
        if (!folder(options, i, &line))
            continue;
        int error = i == 0 ? look_at(path) : 0;
        add_name(&line, trace_id);
        if (error == 0)
            error =
                rp_shm_make(shm, path, sizeof(struct rp_shared), more, ahead);
        if (error == 0) {
            struct rp_shared *shared = rp_shared_of(shm);
            strcpy(shared->rings_path, path);
            if (first_error != 0 && first_error != EFBIG)
                say(failed, first_error, path);
            return true;
        }
        if (first_error == 0) {
            struct rp_line copy = rp_line_start(failed, sizeof failed);
            rp_line_text(&copy, path);
            first_error = error;
        }
    }
    return false;
}
