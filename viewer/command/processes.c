// processes.c - rpscope processes: all processes of a recording.
#include "viewer/command/processes.h"
#include "viewer/command/headless.h"
#include "viewer/processes/processes.h"
#include "viewer/trace/family.h"
#include "viewer/processes/table.h"

#include <stdio.h>

enum { OPTION_JSON, OPTION_TOP };

static int processes_exit(const struct processes *all) {
    for (size_t i = 0; i < all->count; i++)
        if (!all->list[i].finished || all->list[i].stopped ||
            all->list[i].lost_events)
            return EXIT_DAMAGED;
    return all->unreadable ? EXIT_DAMAGED : EXIT_ALL_WELL;
}

static int processes_run(const struct arguments *arguments) {
    char root[PATH_MAX];
    struct processes all;
    family_root(arguments->operands[0], root);
    processes_read(&all, root, 0);
    if (all.count == 0) {
        fprintf(stderr,
                "rpscope processes: there is no trace that can be read at "
                "\"%s\", and none in the folder of its other processes.\n",
                root);
        return EXIT_UNREADABLE;
    }
    if (arguments->value[OPTION_JSON])
        processes_json(&all, root, stdout);
    else
        processes_table(&all, headless_top(arguments->value[OPTION_TOP]), "",
                        stdout);
    int code = processes_exit(&all);
    if (all.unreadable)
        fprintf(stderr, "rpscope: %zu file%s cannot be read as a trace.\n",
                all.unreadable, all.unreadable == 1 ? "" : "s");
    processes_free(&all);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("rpscope: cannot write the table");
        return EXIT_USAGE;
    }
    return code;
}

const struct command processes_command = {
    .name = "processes",
    .operands = "FILE",
    .summary = "list all processes of a recording",
    .text =
        "Lists the traces that one rpscope record has made: that of the "
        "program it started,\n"
        "FILE, and those of all others, which lie in the folder beside it that "
        "is called\n"
        "like it, and .processes. FILE may also be that folder or a trace in "
        "it. First comes\n"
        "the process that held most of its own: what was forked counts "
        "with what it\n"
        "had beyond its parent.\n\n"
        "  rpscope processes make.1234.rptrace\n"
        "  rpscope processes --json make.1234.rptrace | jq "
        ".processes[0].trace\n\n"
        "exit codes: 0 all well, 2 wrong usage, 3 not a readable trace, "
        "4 shown, but not all\n"
        "of the recording is there",
    .options =
        {
            [OPTION_JSON] = {.name = "json",
                             .help = "one JSON object, with everything"},
            [OPTION_TOP] = HEADLESS_TOP("only the first N processes"),
        },
    .least = 1,
    .most = 1,
    .run = processes_run,
};
