// names.h - rpscope names: functions and lines in the reports of checks.
#ifndef RPSCOPE_COMMAND_NAMES_H
#define RPSCOPE_COMMAND_NAMES_H

#include "viewer/base/options.h"

extern const struct command names_command;

#endif
