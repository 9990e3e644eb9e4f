// report.c - see report.h.
#include "instrument/check/report.h"

#include "core/os/os.h"
#include "instrument/capture/control.h"
#include "instrument/capture/finding.h"
#include "instrument/check/text.h"
#include "instrument/check/thread.h"
#include "instrument/options/checking.h"
#include "instrument/os/child.h"
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"
#include "instrument/shm/intern.h"

#include <stdio.h>

enum {
    TEXT_BYTES = 64 << 10,
    SITES = 1 << 12,
    SUPPRESSED = 10, // the exit code of the program that names
};

static _Atomic uint32_t told;

void rp_report_start(void) {
    rp_text_start();
}

uint32_t rp_report_count(void) {
    return load_relaxed(&told); // relaxed: a count
}

void rp_report_count_one(void) {
    add_relaxed(&told, 1); // relaxed: as above
}

// ---- once for each site ----

static _Atomic uint64_t sites[SITES];

// Whether nothing of this kind was told of these stacks. When there is no room,
// it is as if.
static bool is_news(const struct rp_finding *finding) {
    const struct rp_check_block *block = finding->found.block;
    uint64_t key = (uint64_t)(uintptr_t)finding->what;

    if (finding->now == 0 && (block == NULL || block->made_by == 0))
        return true; // who could tell
    key = (key ^ finding->now) * 0x9e3779b97f4a7c15u;
    if (block != NULL)
        key = (key ^ block->made_by) * 0x9e3779b97f4a7c15u;
    key |= 1;
    for (unsigned i = 0; i < SITES; i++) {
        _Atomic uint64_t *site = &sites[((key >> 20) + i) % SITES];
        uint64_t there = 0;
        // relaxed, here and in the loop: a key says all
        if (cas_strong_relaxed(site, &there, key))
            return true;
        if (there == key)
            return false;
    }
    return true;
}

// ---- the text ----

static void add_headline(struct rp_line *line, const struct rp_finding *f) {
    rp_line_text(line, f->what);
    if (f->found.block != NULL) {
        uint64_t word = load_relaxed(&f->found.block->word); // relaxed: a look
        rp_line_text(line, " of a block of ");
        rp_text_count(line, rp_word_size(word), "byte", "bytes");
    }
}

// All that is told but for the stacks and what to do.
static void add_facts(struct rp_line *line, const struct rp_finding *f,
                      const struct rp_places *places) {
    static const char *const kinds[] = {"free",  "guards", "poison",   "match",
                                        "pages", "leaks",  "no-alloc", "spans"};
    const struct rp_check_block *block = f->found.block;

    add_headline(line, f);
    rp_line_text(line, "\n  found      at ");
    rp_line_text(line, f->call);
    if (f->address != NULL) {
        rp_line_text(line, " of ");
        rp_text_hex(line, (uintptr_t)f->address);
    }
    rp_line_text(line, ", by the check \"");
    rp_line_text(line, kinds[lowest_bit((uint64_t)f->kind)]);
    rp_line_text(line, f->is_likely ? "\"; likely" : "\"; certain");
    if (block != NULL) {
        rp_line_text(line, "\n  block      ");
        rp_text_block(line, &f->found);
    } else if (f->address != NULL) {
        rp_line_text(line, "\n  address    ");
        rp_text_place(line, places, (uintptr_t)f->address);
    }
    rp_line_text(line, "\n");
    if (f->damage != NULL)
        rp_text_damage(line, f);
    if (f->detail != NULL) {
        rp_line_text(line, "  known      ");
        rp_line_text(line, f->detail);
        rp_line_text(line, "\n");
    }
}

static void add_advice(struct rp_line *line, const struct rp_finding *f) {
    rp_line_text(line, "  to do      ");
    rp_line_text(line, f->advice);
    rp_line_text(line, "\n");
}

static void add_stacks(struct rp_line *line, const struct rp_finding *f,
                       const struct rp_places *places) {
    const struct rp_check_block *block = f->found.block;

    rp_line_text(line, "  now, ");
    rp_text_thread(line, rp_check_thread_mine() != NULL
                             ? rp_check_thread_mine()->number & UINT16_MAX
                             : 0);
    rp_line_text(line, ":\n");
    rp_text_stack(line, places, f->now);
    if (block != NULL && f->is_freed) {
        rp_line_text(line, "  freed ");
        rp_text_ago(line, block->freed_at);
        rp_line_text(line, ", ");
        rp_text_thread(line, block->freed_in);
        rp_line_text(line, ":\n");
        rp_text_stack(line, places, block->freed_by);
    }
    if (block != NULL) {
        rp_line_text(line, "  made ");
        rp_text_ago(line, block->made_at);
        rp_line_text(line, ", ");
        rp_text_thread(line, block->made_in);
        rp_line_text(line, ":\n");
        rp_text_stack(line, places, block->made_by);
    }
}

bool rp_report_say(const char *text, size_t bytes, char *answer, size_t room) {
    static const char *const words[] = {"rpscope", "names", NULL};

    if (rp_checking.names[0] != 0 && !rp_system_is_confined()) {
        int code =
            rp_child_run(rp_checking.names, words, text, bytes, answer, room);
        if (code == 0 || code == SUPPRESSED)
            return code == 0;
    }
    while (bytes > 0) {
        long done =
            rp_call(SYS_write, STDERR_FILENO, (long)text, (long)bytes, 0);
        if (done == -EINTR)
            continue;
        if (done <= 0)
            break;
        text += done;
        bytes -= (size_t)done;
    }
    return true;
}

// ---- the trace ----

static void take_frames(uint32_t stack, struct rp_finding_stack *to) {
    to->count = rp_check_thread_frames(stack, to->frames, RP_FINDING_FRAMES);
}

void rp_report_record(const char *text, uint32_t now, uint32_t made,
                      uint32_t freed) {
    struct rp_finding_stack stacks[3];

    take_frames(now, &stacks[0]);
    take_frames(made, &stacks[1]);
    take_frames(freed, &stacks[2]);
    rp_finding_record(text, &stacks[0], &stacks[1], &stacks[2]);
}

static void record_finding(const struct rp_finding *f,
                           const struct rp_places *places) {
    const struct rp_check_block *block = f->found.block;
    char text[RP_TEXT_BYTES + 1] = {0};
    struct rp_line line = rp_line_start(text, sizeof text);

    add_facts(&line, f, places);
    add_advice(&line, f);
    rp_report_record(text, f->now, block != NULL ? block->made_by : 0,
                     block != NULL && f->is_freed ? block->freed_by : 0);
}

// ---- on stderr and in the trace ----

void rp_report(const struct rp_finding *finding) {
    struct rp_places places;

    if (!is_news(finding))
        return;
    char *text = rp_system_map(TEXT_BYTES, RP_MAP_OWN);
    if (text == NULL)
        return;
    struct rp_line line = rp_line_start(text, TEXT_BYTES);
    rp_places_read(&places);
    rp_line_text(&line, "rpscope: ");
    add_facts(&line, finding, &places);
    add_stacks(&line, finding, &places);
    add_advice(&line, finding);
    bool is_wanted = rp_report_say(text, line.used, NULL, 0);
    rp_system_unmap(text, TEXT_BYTES);
    if (is_wanted)
        record_finding(finding, &places);
    rp_places_drop(&places);
    if (!is_wanted)
        return;
    rp_report_count_one();
    rp_report_end();
}

void rp_report_end(void) {
    switch (rp_checking.on_error) {
    case RP_ON_ERROR_ABORT:
        rp_os_abort();
    case RP_ON_ERROR_CONTINUE:
        return;
    case RP_ON_ERROR_EXIT:
        rp_control_stop();
        rp_call(SYS_exit_group, rp_checking.exit_code, 0, 0, 0);
    }
}
