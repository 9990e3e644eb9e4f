// diff.h - rpscope diff: what differs between two recordings.
#ifndef RPSCOPE_COMMAND_DIFF_H
#define RPSCOPE_COMMAND_DIFF_H

#include "viewer/base/options.h"

extern const struct command diff_command;

#endif
