// pin_causes.h - blocks that stay among blocks that go, and keep their spans or
// segments.
#ifndef RPSCOPE_ANSWER_PIN_CAUSES_H
#define RPSCOPE_ANSWER_PIN_CAUSES_H

#include "viewer/answer/answer.h"

void pin_causes_add(struct answer *answer);

#endif
