// run.h - rpscope run: runs a program and looks for heap bugs.
#ifndef RPSCOPE_COMMAND_RUN_H
#define RPSCOPE_COMMAND_RUN_H

#include "viewer/base/options.h"

extern const struct command run_command;

#endif
