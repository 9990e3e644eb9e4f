// commands.h - the list of the commands, each defined in a file of its name.
#ifndef RPSCOPE_COMMAND_COMMANDS_H
#define RPSCOPE_COMMAND_COMMANDS_H

#include "viewer/base/options.h"

// In the order of help; NULL ends.
extern const struct command *const commands[];

// Runs what the command line of rpscope asks for; returns the exit code.
int commands_run(int argc, char **argv);

#endif
