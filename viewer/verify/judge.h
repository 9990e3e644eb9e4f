// judge.h - what the runs of a program say about the two libraries.
//
// When the runs with either library differ, the release library runs again,
// twice: what differs between its own runs is the program's doing, or chance.
#ifndef RPSCOPE_VERIFY_JUDGE_H
#define RPSCOPE_VERIFY_JUDGE_H

#include "viewer/verify/observe.h"

// Compares the first run, which was like the recorded one, with a run of the
// program without any library: how it ended, and what it wrote. Returns and
// says as judge_runs does.
int judge_plain(struct verification *v, struct failure *failure);

// Compares the first run with the recorded one. Returns the exit code, and has
// said on stderr why it is not EXIT_ALL_WELL; but with EXIT_USAGE the program
// could not be run again, and `failure` has the sentence.
int judge_runs(struct verification *v, struct failure *failure);

#endif
