// check_options.c - see check_options.h.
#include "instrument/options/check_options.h"

#include "instrument/options/number.h"
#include "instrument/options/wrong.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"

#include <string.h>

enum {
    ALL = RP_CHECK_FREE | RP_CHECK_GUARDS | RP_CHECK_POISON | RP_CHECK_MATCH |
          RP_CHECK_LEAKS | RP_CHECK_NO_ALLOC | RP_CHECK_SPANS,
    QUARANTINE_LEAST = 64 << 10,
    EXIT_MOST = 125, // more are the shell's
};

static const struct {
    const char *word;
    uint32_t kinds;
} words[] = {
    {"none", 0},
    {"all", ALL},
    {"free", RP_CHECK_FREE},
    {"guards", RP_CHECK_GUARDS},
    {"poison", RP_CHECK_POISON},
    {"match", RP_CHECK_MATCH},
    {"leaks", RP_CHECK_LEAKS},
    {"leaks:reachable", RP_CHECK_LEAKS | RP_CHECK_REACHABLE},
    {"no-alloc", RP_CHECK_NO_ALLOC},
    {"spans", RP_CHECK_SPANS},
    {"pages", RP_CHECK_PAGES},
};
enum { WORDS = sizeof words / sizeof *words, FIRST_KIND = 2 };

// "pages:" and what follows it, which ends at a comma or with the
// text.
static bool take_pages(const char *text, size_t length,
                       struct rp_check_options *options) {
    static const char name[] = "pages:";
    size_t start = sizeof name - 1;

    return length > start && strncmp(text, name, start) == 0 &&
           rp_page_choice_read(text + start, length - start, &options->pages);
}

bool rp_check_options_kinds(const char *text,
                            struct rp_check_options *options) {
    uint32_t kinds = 0;

    for (;;) {
        size_t length = strcspn(text, ",");
        unsigned i = 0;
        while (i < WORDS && (strlen(words[i].word) != length ||
                             strncmp(text, words[i].word, length) != 0))
            i++;
        if (i < WORDS)
            kinds |= words[i].kinds;
        else if (take_pages(text, length, options))
            kinds |= RP_CHECK_PAGES;
        else
            return false;
        if (text[length] == 0)
            break;
        text += length + 1;
    }
    options->kinds = kinds;
    return true;
}

bool rp_check_options_on_error(const char *text,
                               struct rp_check_options *options) {
    static const char exits[] = "exit=";
    uint64_t code;

    if (strcmp(text, "abort") == 0) {
        options->on_error = RP_ON_ERROR_ABORT;
    } else if (strcmp(text, "continue") == 0) {
        options->on_error = RP_ON_ERROR_CONTINUE;
    } else {
        if (strncmp(text, exits, sizeof exits - 1) != 0 ||
            !rp_number_whole(text + sizeof exits - 1, 10, EXIT_MOST, &code) ||
            code == 0)
            return false;
        options->on_error = RP_ON_ERROR_EXIT;
        options->exit_code = (int)code;
    }
    return true;
}

bool rp_check_options_quarantine(const char *text,
                                 struct rp_check_options *options) {
    const char *end;

    options->quarantine = 0;
    return strcmp(text, "none") == 0 ||
           (rp_number_bytes(text, &options->quarantine, &end) && *end == 0 &&
            options->quarantine >= QUARANTINE_LEAST);
}

void rp_check_options_tell(uint32_t kinds, char *text, size_t room) {
    struct rp_line line = rp_line_start(text, room);

    for (unsigned i = FIRST_KIND; i < WORDS; i++) {
        if ((kinds & words[i].kinds) != words[i].kinds)
            continue;
        if (line.used != 0)
            rp_line_text(&line, ",");
        rp_line_text(&line, words[i].word);
    }
}

const char *rp_check_options_read(struct rp_check_options *options) {
    static const struct {
        const char *name;
        bool (*read)(const char *text, struct rp_check_options *options);
        const char *accepted;
    } variables[] = {
        {"RPSCOPE_CHECK", rp_check_options_kinds, RP_CHECK_KINDS},
        {"RPSCOPE_ON_ERROR", rp_check_options_on_error, RP_CHECK_ON_ERROR},
        {"RPSCOPE_QUARANTINE", rp_check_options_quarantine,
         RP_CHECK_QUARANTINE},
    };

    *options = (struct rp_check_options){.quarantine = RP_QUARANTINE_BYTES};
    rp_page_choice_default(&options->pages);
    for (unsigned i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = rp_system_environment(variables[i].name);
        if (value != NULL && *value != 0 &&
            !variables[i].read(value, options)) {
            options->kinds = 0;
            return rp_option_wrong(variables[i].name, value,
                                   variables[i].accepted,
                                   "Nothing is checked.");
        }
    }
    struct rp_page_site site;
    if (options->pages.site[0] != 0 &&
        !rp_page_site_read(options->pages.site, &site)) {
        options->kinds = 0;
        return rp_option_wrong("site", options->pages.site,
                               "FILE+0xSTART-0xEND, or with rpscope run or "
                               "record the name of a function",
                               "Nothing is checked.");
    }
    const char *names = rp_system_environment("RPSCOPE_NAMES");
    if (names != NULL && strlen(names) < sizeof options->names)
        strcpy(options->names, names);
    return NULL;
}
