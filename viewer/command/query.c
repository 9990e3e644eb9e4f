// query.c - rpscope query: rows and columns of one table of the answer.
#include "viewer/command/query.h"

#include <string.h>

#include "viewer/answer/groups.h"
#include "viewer/base/quantity.h"
#include "viewer/command/headless.h"
#include "viewer/command/opening.h"
#include "viewer/output/table.h"
#include "viewer/output/table_help.h"

enum {
    OPTION_LIST,
    OPTION_WHERE,
    OPTION_COLUMNS,
    OPTION_SORT,
    OPTION_TOP,
    OPTION_FORMAT,
    OPTION_SINCE,
    OPTION_BY,
    OPTION_OPENING
};

static bool query_is_time(const char *text) {
    uint64_t ns;
    return quantity_ns(text, &ns);
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
                       const struct selection_wish *wish) {
    const char *const *given = &arguments->value[OPTION_OPENING];
    struct failure failure = {.text = ""};
    struct selection selection;
    int code = EXIT_USAGE;
    struct analyse_options options = {.at = AT_END};
    const char *since = arguments->value[OPTION_SINCE];
    options.has_since = since && quantity_ns(since, &options.since_ns);
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

static int query_run(const struct arguments *arguments) {
    struct selection_wish wish = {
        .table = arguments->operands[0],
        .columns = arguments->value[OPTION_COLUMNS],
        .where = arguments->value[OPTION_WHERE],
        .sort = arguments->value[OPTION_SORT],
        .top = headless_top(arguments->value[OPTION_TOP])};
    struct failure failure = {.text = ""};
    if (arguments->value[OPTION_LIST])
        return query_list(arguments);
    if (arguments->operand_count < 2) {
        fail(&failure, "needs a table and a trace; rpscope query --list tells "
                       "what tables there are");
        return query_refuse(&failure);
    }
    if (strcmp(wish.table, "between") == 0 && !arguments->value[OPTION_SINCE]) {
        fail(&failure, "between needs --since, the earlier of the two moments");
        return query_refuse(&failure);
    }
    if (strcmp(wish.table, "groups") != 0 && arguments->value[OPTION_BY]) {
        fail(&failure, "--by is for the table groups");
        return query_refuse(&failure);
    }
    // What is wrong with the question is said before a long reading.
    if (!selection_check(&wish, &failure))
        return query_refuse(&failure);
    return query_trace(arguments, &wish);
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
        "  rpscope query between --since 2s --at 9s --top 5 game.rptrace\n"
        "  rpscope query groups --by module --top 5 game.rptrace\n"
        "  rpscope query blocks --where \"lives_ns > 5s and bytes >= 1MiB\" "
        "game.rptrace\n\n"
        "A condition is COLUMN HOW VALUE: HOW is =, !=, <, <=, >, >=, or of "
        "texts ~ (contains)\n"
        "and !~; VALUE is 4KiB, 300ms, 12, yes, a text, in quotes where it has "
        "blanks, or none\n"
        "(not known). All that are joined by \"and\" must hold.\n\n"
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
                              .help = "for the table between: from then to "
                                      "--at"},
            [OPTION_BY] = {.name = "by",
                           .value = "WHAT",
                           .accepted = GROUP_WORDS,
                           .help = "for the table groups: what they have in "
                                   "common"},
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 0,
    .most = 2,
    .run = query_run,
};
