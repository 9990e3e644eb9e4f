// recording.h - what the trace says of the recording itself.
#ifndef RPSCOPE_ANSWER_RECORDING_H
#define RPSCOPE_ANSWER_RECORDING_H

#include "viewer/answer/answer.h"

void recording_fill(struct answer *answer);

#endif
