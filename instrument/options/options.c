// options.c - see options.h.
#include "instrument/options/options.h"

#include "instrument/options/number.h"
#include "instrument/options/wrong.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include "core/base/bits.h"

#include <string.h>

static const char *wrong(const char *name, const char *value,
                         const char *accepted) {
    return rp_option_wrong(name, value, accepted, "Nothing is recorded.");
}

static bool parse_bytes(const char *text, uint64_t *bytes) {
    const char *end;

    return rp_number_bytes(text, bytes, &end) && *end == 0 &&
           *bytes >= RP_RING_BYTES_LEAST && *bytes <= RP_RING_BYTES_MOST;
}

static bool parse_spill(const char *text, uint64_t *bytes) {
    const char *end;

    *bytes = 0;
    return strcmp(text, "none") == 0 || (rp_number_bytes(text, bytes, &end) &&
                                         *end == 0 && *bytes >= RP_SPILL_LEAST);
}

// One of two words; *second: whether it is the second.
static bool parse_word(const char *text, const char *first, const char *other,
                       bool *second) {
    *second = strcmp(text, other) == 0;
    return *second || strcmp(text, first) == 0;
}

static bool parse_follow(const char *text, enum rp_follow *follow) {
    static const char *const words[] = {[RP_FOLLOW_ALL] = "all",
                                        [RP_FOLLOW_EXEC] = "exec",
                                        [RP_FOLLOW_NONE] = "none"};

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0) {
            *follow = (enum rp_follow)i;
            return true;
        }
    return false;
}

// The value of a variable that is set and not empty, or NULL.
static const char *look(const char *name, const char **value) {
    *value = rp_system_environment(name);
    if (*value != NULL && **value == 0)
        *value = NULL;
    return *value;
}

// Copies the value, if there is one; false: it is too long.
static bool take_path(const char *name, char path[RP_PATH_BYTES]) {
    const char *value;

    if (!look(name, &value))
        return true;
    if (strlen(value) >= RP_PATH_BYTES)
        return false;
    strcpy(path, value);
    return true;
}

bool rp_options_last(const char *text, uint64_t *ns, uint64_t *bytes) {
    const char *end;

    *ns = *bytes = 0;
    return rp_number_time(text, ns) ||
           (rp_number_bytes(text, bytes, &end) && *end == 0 &&
            (end[-1] < '0' || end[-1] > '9') && *bytes >= RP_LAST_BYTES_LEAST &&
            *bytes <= RP_LAST_BYTES_MOST);
}

const char *rp_options_read(struct rp_options *o) {
    static const char path[] = "a path of at most 4095 bytes";
    const char *value, *end;
    uint64_t number;
    bool no;

    *o = (struct rp_options){.record = true,
                             .follow = RP_FOLLOW_ALL,
                             .stacks = rp_stack_options_default(),
                             .ring_bytes = RP_RING_BYTES,
                             .spill = RP_SPILL_BYTES};
    if (look("RPSCOPE_RECORD", &value)) {
        o->paused = strcmp(value, "paused") == 0;
        no = false;
        if (!o->paused && !parse_word(value, "on", "off", &no))
            return wrong("RPSCOPE_RECORD", value, "on, off or paused");
        o->record = !no;
    }
    if (look("RPSCOPE_LAST", &value)) {
        if (!rp_options_last(value, &o->last_ns, &o->last_bytes))
            return wrong("RPSCOPE_LAST", value, RP_OPTIONS_LAST);
        o->paused = true;
        o->ring_bytes = RP_RING_BYTES_MOST; // which it becomes if it has to
        if (o->last_bytes != 0) // a quarter stays free: see deferred_start.c
            o->ring_bytes =
                (uint32_t)(UINT64_C(2)
                           << highest_bit((o->last_bytes + 2) / 3 * 4 - 1));
    }
    if (look("RPSCOPE_RESIDENCY", &value) && strcmp(value, "off") != 0 &&
        !rp_number_time(value, &o->residency_ns))
        return wrong("RPSCOPE_RESIDENCY", value,
                     "off, or a time from 1ms to a day, such as 1s");
    if (look("RPSCOPE_FOLLOW", &value)) {
        if (!parse_follow(value, &o->follow))
            return wrong("RPSCOPE_FOLLOW", value, "all, exec or none");
    }
    if (look("RPSCOPE_LOSS", &value) &&
        !parse_word(value, "never", "drop", &o->drops))
        return wrong("RPSCOPE_LOSS", value, "never or drop");
    if (look("RPSCOPE_CLOCK", &value) &&
        !parse_word(value, "exact", "coarse", &o->coarse))
        return wrong("RPSCOPE_CLOCK", value, "exact or coarse");
    if (look("RPSCOPE_FORCE", &value) &&
        !parse_word(value, "0", "1", &o->force))
        return wrong("RPSCOPE_FORCE", value, "0 or 1");
    if (look("RPSCOPE_STACKS", &value) &&
        !rp_stack_options_read(&o->stacks, value))
        return wrong("RPSCOPE_STACKS", value, RP_STACK_OPTIONS);
    if (look("RPSCOPE_FREE_STACKS", &value) &&
        !rp_stack_options_read_free(value, &o->free_every))
        return wrong("RPSCOPE_FREE_STACKS", value, RP_FREE_STACK_OPTIONS);
    if (look("RPSCOPE_BUFFER", &value)) {
        if (!parse_bytes(value, &number))
            return wrong("RPSCOPE_BUFFER", value,
                         "bytes from 4K to 1G, with K, M or G or without");
        o->ring_bytes = (uint32_t)(UINT64_C(1) << highest_bit(number));
        o->ring_bytes_asked = true;
    }
    if (look("RPSCOPE_LIMIT", &value) &&
        (!rp_number_bytes(value, &o->limit, &end) || *end != 0 ||
         o->limit < RP_LIMIT_LEAST))
        return wrong("RPSCOPE_LIMIT", value,
                     "bytes from 512K up, with K, M or G or without");
    if (look("RPSCOPE_SPILL", &value) && !parse_spill(value, &o->spill))
        return wrong("RPSCOPE_SPILL", value,
                     "none, or bytes from 16M up, with K, M or G or without");
    if (look("RPSCOPE_ROOT", &value)) {
        if (!rp_number_whole(value, 10, UINT32_MAX, &number))
            return wrong("RPSCOPE_ROOT", value, "a process id");
        o->root = (uint32_t)number;
    }
    if (look("RPSCOPE_PARENT", &value) &&
        !rp_number_whole(value, 16, UINT64_MAX, &o->parent))
        return wrong("RPSCOPE_PARENT", value, "up to 16 digits 0-9a-f");
    if (!take_path("RPSCOPE_ONLY", o->only))
        return wrong("RPSCOPE_ONLY", "...", "names of at most 4095 bytes");
    if (!take_path("RPSCOPE_FILE", o->file))
        return wrong("RPSCOPE_FILE", "...", path);
    if (!take_path("RPSCOPE_RINGS", o->rings))
        return wrong("RPSCOPE_RINGS", "...", path);
    if (!take_path("RPSCOPE_DESK", o->registration))
        return wrong("RPSCOPE_DESK", "...", path);
    return NULL;
}

void rp_options_pass_on(uint64_t id) {
    const char *value = rp_system_environment("RPSCOPE_PARENT");

    if (value == NULL || strlen(value) != 16)
        return;
    char *digits = (char *)(uintptr_t)value; // the environment may be written
    rp_line_digits(digits, id);
}
