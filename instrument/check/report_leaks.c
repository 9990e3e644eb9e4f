// report_leaks.c - see report_leaks.h.
#include "instrument/check/report_leaks.h"

#include "instrument/check/report.h"
#include "instrument/check/text.h"
#include "instrument/options/checking.h"
#include "instrument/os/system.h"

enum {
    TEXT_BYTES = 2 << 20,
    FACTS = 768,
    REST = 256,
    MOST = 2 * RP_LEAKS_TOLD,
};

// What is told of a site but for its stack.
struct facts {
    uint32_t made;
    bool is_kept;
    char text[FACTS];
};

static struct told {
    struct rp_line line;
    struct rp_places places;
    unsigned count;
    struct facts sites[MOST];
    char answer[MOST];
    char rest[REST]; // a line, or empty
    char text[TEXT_BYTES];
} * told; // NULL: there are none

static const char *advice_of(bool is_kept) {
    return is_kept ? "  to do      free them, unless they are meant to last as "
                     "long as the program\n"
                   : "  to do      free them, or keep what leads to them\n";
}

static void add_amount(struct rp_line *line, uint64_t blocks, uint64_t bytes) {
    rp_text_count(line, bytes, "byte", "bytes");
    rp_line_text(line, " in ");
    rp_text_count(line, blocks, "block", "blocks");
}

static void add_known(struct rp_line *line, const struct rp_leak *leak) {
    if (leak->blocks != 0) {
        rp_line_text(line, "nothing leads to ");
        add_amount(line, leak->blocks, leak->bytes);
        rp_line_text(line, leak->more_blocks != 0 ? ", and " : "\n");
    }
    if (leak->more_blocks != 0) {
        rp_line_text(line, "only lost blocks lead to ");
        add_amount(line, leak->more_blocks, leak->more_bytes);
        rp_line_text(line, "\n");
    }
}

static void add_facts(struct rp_line *line, const char *call,
                      const struct rp_leak *leak, bool is_kept) {
    rp_line_text(line, is_kept ? "still reachable, " : "leak of ");
    add_amount(line, leak->blocks + leak->more_blocks,
               leak->bytes + leak->more_bytes);
    rp_line_text(line, "\n  found      at ");
    rp_line_text(line, call);
    rp_line_text(line, is_kept ? ", by the check \"leaks:reachable\"; likely"
                               : ", by the check \"leaks\"; likely");
    rp_line_text(line, "\n  known      ");
    if (is_kept)
        rp_line_text(line, "something leads to them\n");
    else
        add_known(line, leak);
    rp_line_text(line, "  one block  ");
    rp_text_block(line, &leak->one);
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
    return told->count < MOST;
}

void rp_report_leak(const char *call, const struct rp_leak *leak,
                    bool is_kept) {
    if (!begin())
        return;
    struct facts *site = &told->sites[told->count++];
    struct rp_line facts = rp_line_start(site->text, sizeof site->text);
    const struct rp_check_block *block = leak->one.block;
    site->made = block->made_by;
    site->is_kept = is_kept;
    add_facts(&facts, call, leak, is_kept);
    rp_line_text(&told->line, "rpscope: ");
    rp_line_text(&told->line, site->text);
    rp_line_text(&told->line, "  made ");
    rp_text_ago(&told->line, block->made_at);
    rp_line_text(&told->line, ", ");
    rp_text_thread(&told->line, block->made_in);
    rp_line_text(&told->line, ":\n");
    rp_text_stack(&told->line, &told->places, site->made);
    rp_line_text(&told->line, advice_of(is_kept));
    rp_line_text(&facts, advice_of(is_kept));
}

void rp_report_leaks_rest(unsigned sites, bool has_more,
                          const struct rp_leak *rest) {
    if (told == NULL)
        return;
    struct rp_line line = rp_line_start(told->rest, sizeof told->rest);
    rp_line_text(&line, "leaks of ");
    rp_text_count(&line, sites, "more site", "more sites");
    rp_line_text(&line, has_more ? " and others, " : ", ");
    add_amount(&line, rest->blocks, rest->bytes);
    rp_line_text(&line, ": the largest are told");
}

void rp_report_leaks_end(bool is_end) {
    bool has_leaks = false;

    if (told == NULL)
        return;
    rp_places_drop(&told->places);
    bool is_wanted = rp_report_say(told->text, told->line.used, told->answer,
                                   sizeof told->answer);
    for (unsigned i = 0; is_wanted && i < told->count; i++)
        if (told->answer[i] != '-') {
            rp_report_record(told->sites[i].text, 0, told->sites[i].made, 0);
            rp_report_count_one();
            has_leaks |= !told->sites[i].is_kept;
        }
    if (is_wanted && told->rest[0] != 0)
        rp_system_say(told->rest);
    rp_system_unmap(told, sizeof *told);
    told = NULL;
    // There is nothing that an abort would stop.
    if (has_leaks && is_end && rp_checking.on_error == RP_ON_ERROR_EXIT)
        rp_report_end();
}
