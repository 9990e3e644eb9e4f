// dump.h - rpscope dump: a screen as text, without a terminal.
#ifndef RPSCOPE_COMMAND_DUMP_H
#define RPSCOPE_COMMAND_DUMP_H

#include "viewer/base/options.h"

extern const struct command dump_command;

#endif
