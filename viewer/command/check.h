// check.h - rpscope check: do rules hold of a recording? For CI.
#ifndef RPSCOPE_COMMAND_CHECK_H
#define RPSCOPE_COMMAND_CHECK_H

#include "viewer/base/options.h"

extern const struct command check_command;

#endif
