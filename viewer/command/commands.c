// commands.c - from the command line to a command.
#include "viewer/command/commands.h"
#include "viewer/command/check.h"
#include "viewer/command/diff.h"
#include "viewer/command/dump.h"
#include "viewer/command/export.h"
#include "viewer/command/names.h"
#include "viewer/command/processes.h"
#include "viewer/command/query.h"
#include "viewer/command/report.h"
#include "viewer/command/run.h"
#include "viewer/command/symbolize.h"
#include "viewer/command/trim.h"
#include "viewer/command/view.h"
#include "viewer/record/ctl.h"
#include "viewer/record/record.h"
#include "viewer/verify/verify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION_TEXT "rpscope " RPSCOPE_VERSION "\n"

const struct command *const commands[] = {
    &record_command, &run_command,       &ctl_command,   &verify_command,
    &view_command,   &report_command,    &query_command, &check_command,
    &diff_command,   &export_command,    &trim_command,  &symbolize_command,
    &names_command,  &processes_command, &dump_command,  NULL,
};

static void commands_help(FILE *out) {
    fputs("rpscope - record what a program allocates, and see where its "
          "memory is\n\n"
          "usage: rpscope record [options] -- PROGRAM [ARGUMENTS]\n"
          "       rpscope FILE\n"
          "       rpscope COMMAND [options] ...\n\n"
          "commands:\n",
          out);
    for (int i = 0; commands[i]; i++)
        fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    fputs("\nrpscope COMMAND --help explains a command, rpscope --version "
          "prints the version.\n\n"
          "example:\n"
          "  rpscope record -o game.rptrace -- ./game --level 3\n"
          "  rpscope game.rptrace\n",
          out);
}

static const struct command *commands_find(const char *name) {
    for (int i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int commands_unknown(const char *word) {
    const char *names[32] = {NULL};
    char guess[OPTIONS_GUESS_BYTES];
    for (int i = 0; commands[i] && i < 31; i++)
        names[i] = commands[i]->name;
    fprintf(stderr,
            "rpscope: \"%s\" is neither a command nor a file%s; commands are ",
            word, options_guess(guess, word, names, ""));
    for (int i = 0; names[i]; i++)
        fprintf(stderr, "%s%s", i ? ", " : "", names[i]);
    fputs(".\n", stderr);
    return EXIT_USAGE;
}

static int commands_one(const struct command *command, int argc, char **argv) {
    const char *const *words = (const char *const *)argv;
    if (options_ask(command, argc, words, "help", 'h')) {
        options_help(command, stdout);
        return EXIT_ALL_WELL;
    }
    if (options_ask(command, argc, words, "version", 0)) {
        fputs(VERSION_TEXT, stdout);
        return EXIT_ALL_WELL;
    }
    struct arguments arguments;
    struct failure failure = {.text = ""};
    if (!options_parse(command, argc, argv, &arguments, &failure)) {
        fprintf(stderr, "rpscope %s: %s.\nrpscope %s --help explains it.\n",
                command->name, failure.text, command->name);
        return EXIT_USAGE;
    }
    return command->run(&arguments);
}

int commands_run(int argc, char **argv) {
    if (argc < 2) {
        commands_help(stderr);
        return EXIT_USAGE;
    }
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 ||
        (strcmp(first, "help") == 0 && argc == 2)) {
        commands_help(stdout);
        return EXIT_ALL_WELL;
    }
    if (strcmp(first, "--version") == 0) {
        fputs(VERSION_TEXT, stdout);
        return EXIT_ALL_WELL;
    }
    const struct command *command = commands_find(first);
    if (command)
        return commands_one(command, argc - 2, argv + 2);
    if (strcmp(first, "help") == 0) {
        command = commands_find(argv[2]);
        if (!command)
            return commands_unknown(argv[2]);
        options_help(command, stdout);
        return EXIT_ALL_WELL;
    }
    // rpscope FILE, and rpscope --screen pins FILE.
    if (first[0] != '-' && access(first, F_OK) != 0 && !strpbrk(first, "./"))
        return commands_unknown(first);
    return commands_one(&view_command, argc - 1, argv + 1);
}
