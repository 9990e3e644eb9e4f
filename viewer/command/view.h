// view.h - rpscope view: the screens on a terminal.
#ifndef RPSCOPE_COMMAND_VIEW_H
#define RPSCOPE_COMMAND_VIEW_H

#include "viewer/base/options.h"

extern const struct command view_command;

#endif
