// symbolize.h - rpscope symbolize: names of functions into traces.
#ifndef RPSCOPE_COMMAND_SYMBOLIZE_H
#define RPSCOPE_COMMAND_SYMBOLIZE_H

#include "viewer/base/options.h"

extern const struct command symbolize_command;

#endif
