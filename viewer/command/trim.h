// trim.h - rpscope trim: a part of a recording, to be shown to others.
#ifndef RPSCOPE_COMMAND_TRIM_H
#define RPSCOPE_COMMAND_TRIM_H

#include "viewer/base/options.h"

extern const struct command trim_command;

#endif
