// query.h - rpscope query: rows and columns of one table of the answer.
#ifndef RPSCOPE_COMMAND_QUERY_H
#define RPSCOPE_COMMAND_QUERY_H

#include "viewer/base/options.h"

extern const struct command query_command;

#endif
