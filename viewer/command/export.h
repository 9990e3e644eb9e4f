// export.h - rpscope export: the stacks of a recording, for other tools.
#ifndef RPSCOPE_COMMAND_EXPORT_H
#define RPSCOPE_COMMAND_EXPORT_H

#include "viewer/base/options.h"

extern const struct command export_command;

#endif
