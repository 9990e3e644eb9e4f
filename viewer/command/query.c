// query.c - rpscope query: rows and columns of one table of the answer.
#include "viewer/command/query.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/groups.h"
#include "viewer/answer/table_list.h"
#include "viewer/base/quantity.h"
#include "viewer/command/headless.h"
#include "viewer/command/opening.h"
#include "viewer/output/table.h"
#include "viewer/output/table_help.h"
#include "viewer/query/filter.h"

enum {
    OPTION_LIST,
    OPTION_WHERE,
    OPTION_COLUMNS,
    OPTION_SORT,
    OPTION_TOP,
    OPTION_FORMAT,
    OPTION_SINCE,
    OPTION_BETWEEN,
    OPTION_BY,
    OPTION_BLOCKS,
    OPTION_SPAN,
    OPTION_BLOCK,
    OPTION_SEGMENT,
    OPTION_OPENING
};

static bool query_is_time(const char *text) {
    uint64_t ns;
    return quantity_ns(text, &ns);
}

// "12", "12:5" of a block, or "0x7f0012345678".
static bool query_subject(const char *text, enum subject_kind kind,
                          struct subject *subject) {
    char number[24], *end;
    const char *colon = strchr(text, ':');
    uint64_t span, block = 0;
    *subject = (struct subject){.kind = kind};
    if (strncmp(text, "0x", 2) == 0 && isxdigit((unsigned char)text[2])) {
        errno = 0;
        subject->by_address = true;
        subject->address = strtoull(text, &end, 16);
        return *end == '\0' && errno == 0;
    }
    if ((kind == SUBJECT_BLOCK) != (colon != NULL))
        return false;
    snprintf(number, sizeof number, "%.*s",
             (int)(colon ? (size_t)(colon - text) : strlen(text)), text);
    if (!options_number(number, 0, UINT32_MAX - 1, &span) ||
        (colon && !options_number(colon + 1, 0, UINT32_MAX - 1, &block)))
        return false;
    subject->number = (uint32_t)span;
    subject->block = (uint32_t)block;
    return true;
}

static bool query_is_span(const char *text) {
    struct subject subject;
    return query_subject(text, SUBJECT_SPAN, &subject);
}

static bool query_is_block(const char *text) {
    struct subject subject;
    return query_subject(text, SUBJECT_BLOCK, &subject);
}

static bool query_is_segment(const char *text) {
    struct subject subject;
    return query_subject(text, SUBJECT_SEGMENT, &subject);
}

// Which blocks count. False: that is no question, or not one for the table.
static bool query_filter(const struct arguments *arguments,
                         struct block_filter **filter,
                         struct failure *failure) {
    const char *text = arguments->value[OPTION_BLOCKS];
    const struct data_table *table = data_table(arguments->operands[0]);
    *filter = NULL;
    if (!text)
        return true;
    if (table->of_all)
        return fail(failure,
                    "%s is of all blocks: what it has is not known of some",
                    table->key);
    *filter = filter_new(text, failure);
    return *filter != NULL;
}

// What a history is asked of. False: of several, or of nothing where that has
// to be.
static bool query_history(const struct arguments *arguments,
                          struct subject *subject, struct failure *failure) {
    static const enum subject_kind kinds[] = {SUBJECT_SPAN, SUBJECT_BLOCK,
                                              SUBJECT_SEGMENT};
    const char *table = arguments->operands[0];
    bool needed =
        strcmp(table, "history") == 0 || strcmp(table, "holders") == 0;
    int given = 0;
    for (int i = 0; i < 3; i++) {
        const char *text = arguments->value[OPTION_SPAN + i];
        given += text != NULL;
        if (text)
            query_subject(text, kinds[i], subject);
    }
    if (given > 1)
        return fail(failure, "takes one of --span, --block and --segment");
    if (needed && given == 0)
        return fail(failure, "%s needs --span, --block or --segment: of what",
                    table);
    return true;
}

// --between A B is --since A --at B. B is the operand that is a time: it goes
// from the operands.
static bool query_between(struct arguments *arguments,
                          struct failure *failure) {
    const char **value = arguments->value;
    const char **at = &value[OPTION_OPENING + OPENING_AT];
    int end = 0;
    if (!value[OPTION_BETWEEN])
        return true;
    if (value[OPTION_SINCE] || *at)
        return fail(failure, "--between has both moments: --since and --at "
                             "are not for it");
    while (end < arguments->operand_count &&
           !opening_is_at(arguments->operands[end]))
        end++;
    if (end == arguments->operand_count)
        return fail(failure, "--between takes two moments, such as 2s 9s or "
                             "2s end");
    value[OPTION_SINCE] = value[OPTION_BETWEEN];
    *at = arguments->operands[end];
    for (int i = end; i < arguments->operand_count; i++) // with the NULL
        arguments->operands[i] = arguments->operands[i + 1];
    arguments->operand_count--;
    return true;
}

// Whether a second moment is there where it has to be, and nowhere else.
static bool query_range(const struct arguments *arguments,
                        struct failure *failure) {
    const char *name = arguments->operands[0];
    const struct data_table *table = data_table(name);
    bool takes = strcmp(name, "history") == 0 || strcmp(name, "holders") == 0;
    if (!table) // that is said elsewhere
        return true;
    if (table->is_of_range && !arguments->value[OPTION_SINCE])
        return fail(failure, "%s needs --since, the earlier of the two moments",
                    name);
    if (arguments->value[OPTION_SINCE] && !table->is_of_range && !takes)
        return fail(failure, "--since is for the tables between, between_*, "
                             "history and holders");
    return true;
}

static int query_refuse(const struct failure *failure) {
    fprintf(stderr, "rpscope query: %s.\n", failure->text);
    return EXIT_USAGE;
}

static int query_list(const struct arguments *arguments) {
    const char *table = arguments->operands[0];
    enum table_format format = table_format(arguments->value[OPTION_FORMAT]);
    struct failure failure = {.text = ""};
    if (arguments->operand_count > 1) {
        fail(&failure, "--list takes a table at the most, and no \"%s\"",
             arguments->operands[1]);
        return query_refuse(&failure);
    }
    if (table &&
        !selection_check(&(struct selection_wish){.table = table}, &failure))
        return query_refuse(&failure);
    table_help(table, format == TABLE_AS_JSON, stdout);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("rpscope: cannot write the list");
        return EXIT_USAGE;
    }
    return EXIT_ALL_WELL;
}

static int query_trace(const struct arguments *arguments,
                       const struct selection_wish *wish,
                       const struct block_filter *filter) {
    const char *const *given = &arguments->value[OPTION_OPENING];
    struct failure failure = {.text = ""};
    struct selection selection;
    int code = EXIT_USAGE;
    struct analyse_options options = {.at = AT_USUAL};
    const char *since = arguments->value[OPTION_SINCE];
    options.has_since = since && quantity_ns(since, &options.since_ns);
    query_history(arguments, &options.history, &failure); // was checked
    options.filter = filter;
    opening_begin(arguments->operands[1], given, &options);
    struct answer *answer =
        opening_read(arguments->operands[1], &options, &failure);
    if (!answer)
        return opening_refuse(&failure);
    groups_choose(answer, arguments->value[OPTION_BY]);
    if (selection_make(&selection, answer, wish, &failure)) {
        table_print(answer, &selection,
                    table_format(arguments->value[OPTION_FORMAT]), stdout);
        selection_free(&selection);
        code = headless_written(answer);
    } else {
        query_refuse(&failure);
    }
    answer_free(answer);
    return code;
}

static int query_run(const struct arguments *given) {
    struct arguments all = *given;
    const struct arguments *arguments = &all;
    struct selection_wish wish = {
        .columns = arguments->value[OPTION_COLUMNS],
        .where = arguments->value[OPTION_WHERE],
        .sort = arguments->value[OPTION_SORT],
        .top = headless_top(arguments->value[OPTION_TOP])};
    struct failure failure = {.text = ""};
    struct subject subject;
    struct block_filter *filter;
    if (!query_between(&all, &failure))
        return query_refuse(&failure);
    wish.table = all.operands[0];
    if (all.operand_count > 2) {
        fail(&failure, "takes TABLE FILE and no more, but got \"%s\"",
             all.operands[2]);
        return query_refuse(&failure);
    }
    if (arguments->value[OPTION_LIST])
        return query_list(arguments);
    if (arguments->operand_count < 2) {
        fail(&failure, "needs a table and a trace; rpscope query --list tells "
                       "what tables there are");
        return query_refuse(&failure);
    }
    if (!query_range(arguments, &failure))
        return query_refuse(&failure);
    if (strcmp(wish.table, "groups") != 0 && arguments->value[OPTION_BY]) {
        fail(&failure, "--by is for the table groups");
        return query_refuse(&failure);
    }
    if (!query_history(arguments, &subject, &failure))
        return query_refuse(&failure);
    // What is wrong with the question is said before a long reading.
    if (!selection_check(&wish, &failure) ||
        !query_filter(arguments, &filter, &failure))
        return query_refuse(&failure);
    int code = query_trace(arguments, &wish, filter);
    filter_free(filter);
    return code;
}

const struct command query_command = {
    .name = "query",
    .operands = "TABLE FILE",
    .summary = "print rows of one table: for scripts and agents",
    .text =
        "Prints one table of what the report and the screens show, or some of "
        "its rows and\n"
        "columns. --list tells all tables, their columns, units and meanings, "
        "and needs no FILE.\n\n"
        "  rpscope query --list\n"
        "  rpscope query pins --top 3 --format json game.rptrace\n"
        "  rpscope query sites --where \"live_bytes >= 1MiB and function ~ "
        "load\" \\\n"
        "      --columns function,line,live_bytes --sort live_bytes "
        "game.rptrace\n"
        "  rpscope query between --between 2s 9s --top 5 game.rptrace\n"
        "  rpscope query groups --by module --top 5 game.rptrace\n"
        "  rpscope query blocks --where \"lives_ns > 5s and bytes >= 1MiB\" "
        "game.rptrace\n"
        "  rpscope query classes --blocks \"thread = io-2 and lives_ns > 1s\" "
        "game.rptrace\n"
        "  rpscope query history --block 0x7f0c2a3e4010 game.rptrace\n"
        "  rpscope query holders --span 12 --at 9s game.rptrace\n\n"
        "A condition is COLUMN HOW VALUE: HOW is =, !=, <, <=, >, >=, or of "
        "texts ~ (contains)\n"
        "and !~; VALUE is 4KiB, 300ms, 12, yes, a text, in quotes where it has "
        "blanks, or none\n"
        "(not known). All that are joined by \"and\" must hold. --blocks takes "
        "them of the table\n"
        "blocks: what is known of all blocks alone is none then.\n\n"
        "exit codes: 0 all well, 2 wrong usage, 3 not a readable trace, "
        "4 shown, but not all\n"
        "of the recording is there",
    .options =
        {
            [OPTION_LIST] = {.name = "list",
                             .help = "the tables and columns that there are"},
            [OPTION_WHERE] = {.name = "where",
                              .value = "CONDITIONS",
                              .help = "rows for which these hold"},
            [OPTION_COLUMNS] = {.name = "columns",
                                .value = "KEYS",
                                .help = "these, with commas between them"},
            [OPTION_SORT] = {.name = "sort",
                             .value = "KEY",
                             .help = "the highest first; +KEY: the lowest"},
            [OPTION_TOP] = HEADLESS_TOP("rows at the most"),
            [OPTION_FORMAT] = {.name = "format",
                               .value = "HOW",
                               .accepted = "text|json|csv|markdown",
                               .help = "text if not said"},
            [OPTION_SINCE] = {.name = "since",
                              .value = "TIME",
                              .check = query_is_time,
                              .expected = "a time such as 12.4s or 300ms",
                              .help = "for the tables between*, history and "
                                      "holders: from then to --at"},
            [OPTION_BETWEEN] = {.name = "between",
                                .value = "A B",
                                .check = query_is_time,
                                .expected = "two moments such as 2s 9s or "
                                            "300ms end",
                                .help = "the same as --since A --at B"},
            [OPTION_BY] = {.name = "by",
                           .value = "WHAT",
                           .accepted = GROUP_WORDS,
                           .help = "for the table groups: what they have in "
                                   "common"},
            [OPTION_BLOCKS] = {.name = "blocks",
                               .value = "CONDITIONS",
                               .help = "count only blocks for which these "
                                       "hold: of the table blocks"},
            [OPTION_SPAN] = {.name = "span",
                             .value = "WHICH",
                             .check = query_is_span,
                             .expected = "the number of a span, or an address "
                                         "such as 0x7f0c2a3e4010",
                             .help = "history and holders of this span: a "
                                     "number, or an address in it"},
            [OPTION_BLOCK] = {.name = "block",
                              .value = "WHICH",
                              .check = query_is_block,
                              .expected = "a place such as 12:5 (span and "
                                          "number there), or an address such "
                                          "as 0x7f0c2a3e4010",
                              .help = "the same of this block: span:number, or "
                                      "an address in it"},
            [OPTION_SEGMENT] = {.name = "segment",
                                .value = "WHICH",
                                .check = query_is_segment,
                                .expected = "the number of a segment, or an "
                                            "address such as 0x7f0c2a3e4010",
                                .help = "the same of this segment: a number, "
                                        "or an address in it"},
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 0,
    .most = 3,
    .run = query_run,
};
