// loading.h - reads and analyses a trace in a thread of its own.
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
    pthread_t thread;
    pthread_mutex_t lock; // guards what follows
    pthread_cond_t changed;
    double done;
    bool finished, cancelled;
    struct answer *answer; // once finished; NULL: see failure
    struct failure failure;
};

// Starts to read, and waits a moment: most traces need no more than that.
// False when there can be no thread.
bool loading_start(struct loading *l);

// Whether it is finished; *done is the share that was read.
bool loading_finished(struct loading *l, double *done);

// Waits for the end, which comes soon when `cancel`, and returns the answer,
// which is the caller's now; NULL with a sentence in l->failure.
struct answer *loading_end(struct loading *l, bool cancel);

#endif
