// report.h - rpscope report: the answer as text or JSON.
#ifndef RPSCOPE_COMMAND_REPORT_H
#define RPSCOPE_COMMAND_REPORT_H

#include "viewer/base/options.h"

extern const struct command report_command;

#endif
