// rescue.c - see rescue.h.
#include "viewer/record/rescue.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instrument/os/system.h"
#include "instrument/shm/path.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/record/buffers.h"
#include "viewer/record/leftover.h"
#include "viewer/record/sweep.h"
#include "viewer/trace/file.h"
#include "viewer/trace/tables.h"

enum { ENDING_TRIES = 100, ENDING_US = 20000 };

struct rescue {
    struct stat trace;
    struct buffers buffers;
    bool found;
    bool elsewhere; // the trace names a folder in which nothing is believed
};

static void rescue_compare(void *context, const char *path) {
    static struct buffers b;
    struct rescue *rescue = context;
    struct stat status;
    if (rescue->found || buffers_open(&b, path, true) != 0)
        return;
    if (*b.shared.trace && stat(b.shared.trace, &status) == 0 &&
        status.st_dev == rescue->trace.st_dev &&
        status.st_ino == rescue->trace.st_ino) {
        rescue->buffers = b;
        rescue->found = true;
    } else {
        buffers_close(&b);
    }
}

// By what the trace says of them: only the name counts, and where that lies.
static bool rescue_by_name(struct rescue *rescue, const char *trace,
                           const struct trace_file *file, const char *told) {
    char folder[PATH_MAX], whole[PATH_MAX];
    const char *name = text_base_name(told);
    uint32_t process;
    uint64_t trace_id;
    if (!rp_path_is_rings(name, &process, &trace_id) ||
        trace_id != file->header.trace_id || !realpath(trace, whole))
        return false;
    leftover_folder(whole, folder);
    int error = buffers_find(&rescue->buffers, name, folder);
    // Those of other processes than the first lie beside the first one's trace.
    char *above = strstr(folder, ".processes/");
    if (error != 0 && above && !above[sizeof ".processes/" - 1]) {
        *above = 0;
        folder[text_base_name(folder) - folder] = 0;
        error = buffers_find(&rescue->buffers, name, folder);
    }
    rescue->elsewhere = error == ENOENT && access(told, F_OK) == 0;
    return error == 0;
}

// Whether the trace has no end, and there are buffers.
static bool rescue_needed(struct rescue *rescue, const char *path) {
    struct trace_file file;
    struct failure ignored;
    if (stat(path, &rescue->trace) != 0 || !S_ISREG(rescue->trace.st_mode))
        return false;
    if (!trace_file_open(&file, path, &ignored)) {
        // It was killed before it could write where they are.
        if (rescue->trace.st_size <= (off_t)sizeof(struct trace_file_header))
            buffers_each(rescue_compare, rescue);
        return rescue->found;
    }
    if (file.blocks[file.block_count - 1].header.kind != TRACE_TRAILER) {
        struct trace_tables tables = {0};
        trace_tables_load(&tables, &file);
        const struct trace_fact *fact = trace_fact(&tables, "rings");
        if (fact && !tables.has_trailer)
            rescue->found = rescue_by_name(rescue, path, &file, fact->value);
        trace_tables_free(&tables);
    }
    trace_file_close(&file);
    return rescue->found;
}

// Whether the program is dead. Then who still holds the buffers is its drainer,
// which comes to its end, or has been killed and is not gone yet.
static bool rescue_is_ending(const struct buffers *b) {
    return kill((pid_t)b->shared.process, 0) != 0 && errno == ESRCH;
}

static void rescue_tell(const char *path, const struct buffers *b,
                        const struct leftover_result *attempt) {
    const char *rings = b->path;
    uint32_t cut = attempt->recovered.cut;
    int error = attempt->error;
    if (error == 0)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed; added the %s events "
                "that were still in %s\n",
                path, number_count(attempt->recovered.events).text, rings);
    if ((error == 0 && cut > 0) || error == EBADMSG)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed, and what is still in "
                "%s is damaged: not all of it could be added\n",
                path, rings);
    else if (error != 0 && error != EBUSY && error != EALREADY)
        fprintf(stderr,
                "rpscope: %s: its recorder was killed, and what is still in "
                "%s cannot be added: %s\n",
                path, rings, strerror(error));
}

void record_rescue(const char *path) {
    static struct rescue rescue;
    struct leftover_result attempt = {.error = EBUSY};
    rescue = (struct rescue){.found = false};
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        record_sweep(true);
        return;
    }
    if (!rescue_needed(&rescue, path)) {
        if (rescue.elsewhere)
            fprintf(stderr,
                    "rpscope: %s: its recorder was killed, and its last events "
                    "are in a folder that is not believed; to add them, set "
                    "RPSCOPE_RINGS to the folder that it was recorded with\n",
                    path);
        return;
    }
    struct buffers *b = &rescue.buffers;
    bool told = false;
    for (int i = 0; i < ENDING_TRIES && attempt.error == EBUSY; i++) {
        if (i > 0 && !rescue_is_ending(b))
            break;
        if (i > 0)
            usleep(ENDING_US);
        attempt.error = buffers_hold(b);
        if (attempt.error != 0)
            continue;
        if (!told)
            fprintf(stderr,
                    "rpscope: %s: its recorder was killed; adding what is "
                    "still in %s (--no-rescue leaves both alone)\n",
                    path, b->path);
        told = true;
        attempt = leftover_add(b, path); // its drainer may have the trace yet
    }
    rescue_tell(path, b, &attempt);
    // By another rpscope, which came first; or by the recorder, at its last.
    if (told && attempt.error == EALREADY)
        fprintf(stderr, "rpscope: %s: it has been added meanwhile\n", path);
    buffers_close(&rescue.buffers);
}
