// loading.c - reads a trace, and answers for its moments, in another thread.
#include "viewer/ui/loading.h"

#include <signal.h>
#include <time.h>

enum { LOADING_FIRST_WAIT_MS = 150 };

static bool loading_progress(void *context, double done) {
    struct loading *l = context;
    pthread_mutex_lock(&l->lock);
    l->done = done;
    bool go_on = !l->cancelled;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

static void *loading_run(void *context) {
    struct loading *l = context;
    struct failure failure = {.text = ""};
    struct answer *answer = NULL;
    if (!l->analysis)
        l->analysis = analysis_open(l->path, &l->options, &failure);
    if (l->analysis)
        answer = analyse_moment(l->analysis, &l->options, &failure);
    pthread_mutex_lock(&l->lock);
    l->answer = answer;
    l->failure = failure;
    l->finished = true;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

// A thread that no signal comes to but those of its own faults: the terminal's
// are for who waits at it.
static bool loading_thread(struct loading *l) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t others, before;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&others, faults[i]);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    bool made = pthread_create(&l->thread, NULL, loading_run, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return made;
}

bool loading_start(struct loading *l) {
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    l->done = 0;
    l->finished = l->cancelled = false;
    l->answer = NULL;
    l->options.progress = loading_progress;
    l->options.progress_context = l;
    l->options.revisits = true;
    if (!loading_thread(l))
        return false;
    l->running = true;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOADING_FIRST_WAIT_MS * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&l->lock);
    int waited = 0;
    while (!l->finished && waited == 0)
        waited = pthread_cond_timedwait(&l->changed, &l->lock, &until);
    pthread_mutex_unlock(&l->lock);
    return true;
}

bool loading_finished(struct loading *l, double *done) {
    pthread_mutex_lock(&l->lock);
    bool finished = l->finished;
    *done = l->done;
    pthread_mutex_unlock(&l->lock);
    return finished;
}

struct answer *loading_end(struct loading *l, bool cancel) {
    if (!l->running)
        return NULL;
    pthread_mutex_lock(&l->lock);
    l->cancelled = cancel;
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    l->running = false;
    if (!cancel)
        return l->answer;
    answer_free(l->answer);
    if (l->analysis && !analysis_is_whole(l->analysis))
        loading_close(l);
    return NULL;
}

void loading_close(struct loading *l) {
    analysis_close(l->analysis);
    l->analysis = NULL;
}
