// verify.h - rpscope verify: whether recording a program changes its heap.
#ifndef RPSCOPE_VERIFY_VERIFY_H
#define RPSCOPE_VERIFY_VERIFY_H

#include "viewer/base/options.h"

extern const struct command verify_command;

#endif
