// ctl.h - rpscope ctl: a word with a recording that is under way.
#ifndef RPSCOPE_RECORD_CTL_H
#define RPSCOPE_RECORD_CTL_H

#include "viewer/base/options.h"

extern const struct command ctl_command;

#endif
