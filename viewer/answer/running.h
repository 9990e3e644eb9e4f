// running.h - does the process of a trace still run, and the recording with it?
#ifndef RPSCOPE_ANSWER_RUNNING_H
#define RPSCOPE_ANSWER_RUNNING_H

#include <stdbool.h>
#include <stdint.h>

// Whether the process of this number is there, and began no later than the
// recording: else the number is another's now.
bool process_runs(uint32_t process_id, uint64_t start_unix_ns);

#endif
