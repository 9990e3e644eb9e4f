// loading.h - reads a trace, and answers for its moments, in another thread.
//
// The trace is read once; another moment is had from what was kept of it. While
// it is read, there are answers of what was read by then: the first as soon as
// there is something, others as they are asked for.
//
// The two threads share what struct loading guards by its lock, and an answer
// once it is complete: no other state, so that the terminal is served while
// a long trace is read.
#ifndef RPSCOPE_UI_LOADING_H
#define RPSCOPE_UI_LOADING_H

#include <pthread.h>
#include <stdbool.h>

#include "viewer/answer/analyse.h"

enum { LOADING_WORDS = 256 };

struct loading {
    // Set before the start, then left alone.
    const char *path;
    struct analyse_options options; // progress is ours

    struct analysis *before; // that was read again since; of this thread alone
    bool running; // started and not ended yet: of the starting thread alone
    pthread_t thread;
    pthread_mutex_t lock; // guards what follows, and the options while it runs
    // Once the trace was read to its end; of the other thread while it runs.
    struct analysis *analysis;
    pthread_cond_t changed;
    double done;
    bool finished, cancelled;
    bool wants_early;  // an answer of what was read by now
    uint64_t early_ns; // when the last one was made, and how long it took
    uint64_t early_took_ns;
    char says[LOADING_WORDS]; // of the index, not taken yet
    struct answer *early;     // not taken yet
    struct answer *answer;    // once finished; NULL: see failure
    struct failure failure;
};

// Starts to read, or to answer, and waits a moment: mostly no more is needed.
// False when there can be no thread.
bool loading_start(struct loading *l);

// Whether it is finished; *done is the share that was read.
bool loading_finished(struct loading *l, double *done);

// An answer of what was read by now, which is the caller's; NULL: there is none
// yet. The next one will be made after a while.
struct answer *loading_early(struct loading *l);
// While the trace is read: from now on answers are of this moment, and one of
// what was read by now is made at once. False: it is read to its end.
bool loading_ask(struct loading *l, const struct analyse_options *moment);

// Waits for the end, and returns the answer, which is the caller's now; NULL
// with a sentence in l->failure. With `cancel` the end comes soon, and there is
// no answer.
struct answer *loading_end(struct loading *l, bool cancel);

// Reads the trace again, as it is now, as loading_start does. Answers that were
// given out are good until loading_forget; what has been read goes on.
bool loading_again(struct loading *l);
// When they are all given back.
void loading_forget(struct loading *l);

// After the end, when all answers are given back.
void loading_close(struct loading *l);

#endif
