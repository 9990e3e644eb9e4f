// report.c - see report.h.
#include "instrument/check/report.h"

#include "core/os/os.h"
#include "instrument/capture/control.h"
#include "instrument/check/text.h"
#include "instrument/check/thread.h"
#include "instrument/options/checking.h"
#include "instrument/os/child.h"
#include "instrument/os/system.h"
#include "instrument/os/system_call.h"

#include <stdio.h>

enum {
    TEXT_BYTES = 64 << 10,
    SITES = 1 << 12,
    HEADLINE = 256,
    SUPPRESSED = 10
};

static _Atomic uint32_t told;

void rp_report_start(void) {
    rp_text_start();
}

uint32_t rp_report_count(void) {
    return load_relaxed(&told); // relaxed: a count
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

static void add_all(struct rp_line *line, const struct rp_finding *f,
                    const struct rp_places *places) {
    static const char *const kinds[] = {"free",  "guards", "poison",   "match",
                                        "pages", "leaks",  "no-alloc", "spans"};
    const struct rp_check_block *block = f->found.block;

    rp_line_text(line, "rpscope: ");
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
    rp_line_text(line, "  to do      ");
    rp_line_text(line, f->advice);
    rp_line_text(line, "\n");
}

// By the program that names frames, or as it is. false: the user does not want
// to hear of it.
static bool say(const char *text, size_t bytes) {
    static const char *const words[] = {"rpscope", "names", NULL};

    if (rp_checking.names[0] != 0 && !rp_system_is_confined()) {
        int code = rp_child_run(rp_checking.names, words, text, bytes);
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

void rp_report(const struct rp_finding *finding) {
    char headline[HEADLINE];
    struct rp_places places;

    if (!is_news(finding))
        return;
    char *text = rp_system_map(TEXT_BYTES, RP_MAP_OWN);
    if (text == NULL)
        return;
    struct rp_line line = rp_line_start(text, TEXT_BYTES);
    rp_places_read(&places);
    add_all(&line, finding, &places);
    rp_places_drop(&places);
    bool is_wanted = say(text, line.used);
    rp_system_unmap(text, TEXT_BYTES);
    if (!is_wanted)
        return;
    add_relaxed(&told, 1); // relaxed: a count
    line = rp_line_start(headline, sizeof headline);
    rp_line_text(&line, "check: ");
    add_headline(&line, finding);
    rp_on_mark(headline);
    rp_report_end();
}

// ---- leaks ----

enum { LEAKS_BYTES = 1 << 20 };
static struct rp_line leaks;
static struct rp_places leak_places;

static void add_amount(struct rp_line *line, uint64_t blocks, uint64_t bytes) {
    rp_text_count(line, bytes, "byte", "bytes");
    rp_line_text(line, " in ");
    rp_text_count(line, blocks, "block", "blocks");
}

void rp_report_leak(const char *call, const struct rp_check_found *found,
                    uint64_t blocks, uint64_t bytes, uint64_t more_blocks,
                    uint64_t more_bytes) {
    char headline[HEADLINE];

    if (leaks.text == NULL) {
        char *text = rp_system_map(LEAKS_BYTES, RP_MAP_OWN);
        if (text == NULL)
            return;
        leaks = rp_line_start(text, LEAKS_BYTES);
        rp_places_read(&leak_places);
    }
    struct rp_line line = rp_line_start(headline, sizeof headline);
    rp_line_text(&line, "leak of ");
    add_amount(&line, blocks + more_blocks, bytes + more_bytes);
    rp_line_text(&leaks, "rpscope: ");
    rp_line_text(&leaks, headline);
    rp_line_text(&leaks, "\n  found      at ");
    rp_line_text(&leaks, call);
    rp_line_text(&leaks, ", by the check \"leaks\"; likely\n  known      ");
    if (blocks != 0) {
        rp_line_text(&leaks, "nothing leads to ");
        add_amount(&leaks, blocks, bytes);
        rp_line_text(&leaks, more_blocks != 0 ? ", and " : "\n");
    }
    if (more_blocks != 0) {
        rp_line_text(&leaks, "only lost blocks lead to ");
        add_amount(&leaks, more_blocks, more_bytes);
        rp_line_text(&leaks, "\n");
    }
    rp_line_text(&leaks, "  one block  ");
    rp_text_block(&leaks, found);
    rp_line_text(&leaks, "\n  made ");
    rp_text_ago(&leaks, found->block->made_at);
    rp_line_text(&leaks, ", ");
    rp_text_thread(&leaks, found->block->made_in);
    rp_line_text(&leaks, ":\n");
    rp_text_stack(&leaks, &leak_places, found->block->made_by);
    rp_line_text(&leaks,
                 "  to do      free them, or keep what leads to them\n");
}

void rp_report_leaks_end(void) {
    if (leaks.text == NULL)
        return;
    rp_places_drop(&leak_places);
    bool is_wanted = say(leaks.text, leaks.used);
    rp_system_unmap(leaks.text, LEAKS_BYTES);
    leaks.text = NULL;
    if (!is_wanted)
        return;
    add_relaxed(&told, 1); // relaxed: a count
    rp_on_mark("check: blocks that nothing leads to any more (see stderr)");
    // There is nothing that an abort would stop.
    if (rp_checking.on_error == RP_ON_ERROR_EXIT)
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
