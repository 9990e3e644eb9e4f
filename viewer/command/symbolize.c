// symbolize.c - rpscope symbolize: names of functions into traces.
#include "viewer/command/symbolize.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "viewer/base/number.h"
#include "viewer/record/names.h"
#include "viewer/record/rescue.h"

enum { OPTION_FOLDER, OPTION_SERVERS, OPTION_NO_RESCUE };

static int symbolize_run(const struct arguments *arguments) {
    struct elf_places places = {.folder = arguments->value[OPTION_FOLDER],
                                .asks_servers =
                                    arguments->value[OPTION_SERVERS] != NULL};
    struct record_names how = {.files = elf_files_new(&places), .anew = true};
    int code = EXIT_ALL_WELL;
    for (int i = 0; i < arguments->operand_count; i++) {
        const char *path = arguments->operands[i];
        struct names_count count;
        struct failure failure;
        if (!arguments->value[OPTION_NO_RESCUE])
            record_rescue(path);
        if (!record_names_add(&how, path, &count, &failure)) {
            fprintf(stderr, "rpscope: %s.\n", failure.text);
            code = EXIT_UNREADABLE;
            continue;
        }
        printf("%s: %s of %s calls in its stacks have names; added to %s.\n",
               path, number_exact(count.named).text,
               number_exact(count.calls).text, number_exact(count.added).text);
    }
    if (elf_files_trouble(how.files))
        fprintf(stderr, "rpscope: %s.\n", elf_files_trouble(how.files));
    elf_files_free(how.files);
    return code;
}

const struct command symbolize_command = {
    .name = "symbolize",
    .operands = "FILE...",
    .summary = "put names of functions that are missing into a trace",
    .text =
        "Looks up the functions, lines and inlined functions of all stacks, "
        "and writes what the\n"
        "trace does not have behind its end, as rpscope record does when "
        "a program has ended.\n"
        "Of a file that is another one now nothing is taken.\n\n"
        "  rpscope symbolize game.rptrace\n"
        "  rpscope symbolize --debug-dir symbols/ game.rptrace\n"
        "  DEBUGINFOD_URLS=https://debuginfod.debian.net "
        "rpscope symbolize --debuginfod\n"
        "  game.rptrace\n\n"
        "exit codes: 0 all well, 2 wrong usage, 3 not a trace, or it cannot "
        "be written",
    .options =
        {
            [OPTION_FOLDER] = {.name = "debug-dir",
                               .value = "FOLDER",
                               .help = "look there, too: by build id or name"},
            [OPTION_SERVERS] = {.name = "debuginfod",
                                .help = "ask the servers of DEBUGINFOD_URLS"},
            [OPTION_NO_RESCUE] =
                {.name = "no-rescue",
                 .help = "add nothing to a trace whose recorder was killed"},
        },
    .least = 1,
    .most = INT_MAX,
    .run = symbolize_run,
};
