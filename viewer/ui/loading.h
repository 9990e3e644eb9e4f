// loading.h - reads a trace, and answers for its moments, in another thread.
//
// The trace is read once; another moment is had from what was kept of it.
//
// The two threads share what struct loading guards by its lock, and the
// answer once it is complete: no other state, so that the terminal is served
// while a long trace is read.
#ifndef RPSCOPE_UI_LOADING_H
#define RPSCOPE_UI_LOADING_H

#include <pthread.h>
#include <stdbool.h>

#include "viewer/answer/analyse.h"

struct loading {
    // Set before the start, then left alone.
    const char *path;
    struct analyse_options options; // progress is ours

    bool running; // started and not ended yet: of the starting thread alone
    // Once the trace was read to its end; of the other thread while it runs.
    struct analysis *analysis;
    pthread_t thread;
    pthread_mutex_t lock; // guards what follows
    pthread_cond_t changed;
    double done;
    bool finished, cancelled;
    struct answer *answer; // once finished; NULL: see failure
    struct failure failure;
};

// Starts to read, or to answer, and waits a moment: mostly no more is needed.
// False when there can be no thread.
bool loading_start(struct loading *l);

// Whether it is finished; *done is the share that was read.
bool loading_finished(struct loading *l, double *done);

// Waits for the end, and returns the answer, which is the caller's now; NULL
// with a sentence in l->failure. With `cancel` the end comes soon, and there is
// no answer.
struct answer *loading_end(struct loading *l, bool cancel);

// After the end, when all answers are given back.
void loading_close(struct loading *l);

#endif
