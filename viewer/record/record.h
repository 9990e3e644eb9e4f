// record.h - rpscope record: runs a program with the recorder preloaded.
#ifndef RPSCOPE_RECORD_RECORD_H
#define RPSCOPE_RECORD_RECORD_H

#include "viewer/base/options.h"

extern const struct command record_command;

#endif
