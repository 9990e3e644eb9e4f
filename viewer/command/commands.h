// commands.h - the commands of rpscope, each in a file of its own name.
#ifndef RPSCOPE_COMMAND_COMMANDS_H
#define RPSCOPE_COMMAND_COMMANDS_H

#include "viewer/base/options.h"

extern const struct command command_record; // record.c
extern const struct command command_ctl;    // record_ctl.c
extern const struct command command_verify; // verify.c
extern const struct command command_view;   // view_command.c
extern const struct command command_report; // report_command.c
extern const struct command command_dump;   // dump_command.c

// All of them, in the order of help; NULL ends.
extern const struct command *const commands[];

// Runs what the command line of rpscope asks for; returns the exit code.
int commands_run(int argc, char **argv);

#endif
