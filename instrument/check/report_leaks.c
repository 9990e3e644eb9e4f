// report_leaks.c - see report_leaks.h.
#include "instrument/check/report_leaks.h"

#include "instrument/check/report.h"
#include "instrument/check/text.h"
#include "instrument/options/checking.h"
#include "instrument/os/system.h"

enum { TEXT_BYTES = 1 << 20, FACTS = 768 };

// What is told of a site but for its stack.
struct facts {
    uint32_t made;
    char text[FACTS];
};

static struct told {
    struct rp_line line;
    struct rp_places places;
    unsigned count;
    struct facts sites[RP_LEAKS_TOLD];
    char answer[RP_LEAKS_TOLD];
    char text[TEXT_BYTES];
} * told; // NULL: there are none

static const char advice[] =
    "  to do      free them, or keep what leads to them\n";

static void add_amount(struct rp_line *line, uint64_t blocks, uint64_t bytes) {
    rp_text_count(line, bytes, "byte", "bytes");
    rp_line_text(line, " in ");
    rp_text_count(line, blocks, "block", "blocks");
}

static void add_facts(struct rp_line *line, const char *call,
                      const struct rp_check_found *found, uint64_t blocks,
                      uint64_t bytes, uint64_t more_blocks,
                      uint64_t more_bytes) {
    rp_line_text(line, "leak of ");
    add_amount(line, blocks + more_blocks, bytes + more_bytes);
    rp_line_text(line, "\n  found      at ");
    rp_line_text(line, call);
    rp_line_text(line, ", by the check \"leaks\"; likely\n  known      ");
    if (blocks != 0) {
        rp_line_text(line, "nothing leads to ");
        add_amount(line, blocks, bytes);
        rp_line_text(line, more_blocks != 0 ? ", and " : "\n");
    }
    if (more_blocks != 0) {
        rp_line_text(line, "only lost blocks lead to ");
        add_amount(line, more_blocks, more_bytes);
        rp_line_text(line, "\n");
    }
    rp_line_text(line, "  one block  ");
    rp_text_block(line, found);
    rp_line_text(line, "\n");
}

static bool begin(void) {
    if (told == NULL)
        told = rp_system_map(sizeof *told, RP_MAP_OWN);
    if (told == NULL)
        return false;
    if (told->line.text == NULL) {
        told->line = rp_line_start(told->text, sizeof told->text);
        rp_places_read(&told->places);
    }
    return told->count < RP_LEAKS_TOLD;
}

void rp_report_leak(const char *call, const struct rp_check_found *found,
                    uint64_t blocks, uint64_t bytes, uint64_t more_blocks,
                    uint64_t more_bytes) {
    if (!begin())
        return;
    struct facts *site = &told->sites[told->count++];
    struct rp_line facts = rp_line_start(site->text, sizeof site->text);
    site->made = found->block->made_by;
    add_facts(&facts, call, found, blocks, bytes, more_blocks, more_bytes);
    rp_line_text(&told->line, "rpscope: ");
    rp_line_text(&told->line, site->text);
    rp_line_text(&told->line, "  made ");
    rp_text_ago(&told->line, found->block->made_at);
    rp_line_text(&told->line, ", ");
    rp_text_thread(&told->line, found->block->made_in);
    rp_line_text(&told->line, ":\n");
    rp_text_stack(&told->line, &told->places, site->made);
    rp_line_text(&told->line, advice);
    rp_line_text(&facts, advice);
}

void rp_report_leaks_end(bool is_end) {
    if (told == NULL)
        return;
    rp_places_drop(&told->places);
    bool is_wanted = rp_report_say(told->text, told->line.used, told->answer,
                                   sizeof told->answer);
    for (unsigned i = 0; is_wanted && i < told->count; i++)
        if (told->answer[i] != '-') {
            rp_report_record(told->sites[i].text, 0, told->sites[i].made, 0);
            rp_report_count_one();
        }
    rp_system_unmap(told, sizeof *told);
    told = NULL;
    // There is nothing that an abort would stop.
    if (is_wanted && is_end && rp_checking.on_error == RP_ON_ERROR_EXIT)
        rp_report_end();
}
