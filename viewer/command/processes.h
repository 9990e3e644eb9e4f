// processes.h - rpscope processes: all processes of a recording.
#ifndef RPSCOPE_COMMAND_PROCESSES_H
#define RPSCOPE_COMMAND_PROCESSES_H

#include "viewer/base/options.h"

extern const struct command processes_command;

#endif
