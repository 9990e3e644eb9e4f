// loading.c - reads a trace, and answers for its moments, in another thread.
#include "viewer/ui/loading.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

enum {
    LOADING_FIRST_WAIT_MS = 150,
    LOADING_FIRST_EARLY_MS = 30,  // so long it is read before the first answer
    LOADING_NEXT_EARLY_MS = 1000, // and between two,
    LOADING_EARLY_PART = 10,      // of which making one takes no more than
};

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool loading_progress(void *context, double done) {
    struct loading *l = context;
    pthread_mutex_lock(&l->lock);
    l->done = done;
    bool go_on = !l->cancelled;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

// For an answer of what was read by now: only whether to go on.
static bool loading_goes_on(void *context, double done) {
    struct loading *l = context;
    (void)done;
    pthread_mutex_lock(&l->lock);
    bool go_on = !l->cancelled;
    pthread_mutex_unlock(&l->lock);
    return go_on;
}

static void loading_look(void *context, struct analysis *analysis) {
    struct loading *l = context;
    struct failure failure = {.text = ""};
    uint64_t begin = now_ns();
    pthread_mutex_lock(&l->lock);
    bool due =
        l->wants_early && !l->cancelled && !l->early && begin >= l->early_ns;
    struct analyse_options options = l->options;
    pthread_mutex_unlock(&l->lock);
    if (!due)
        return;
    options.progress = loading_goes_on;
    options.look = NULL;
    struct answer *answer = analyse_moment(analysis, &options, &failure);
    uint64_t end = now_ns(), pause = (end - begin) * LOADING_EARLY_PART;
    const uint64_t least = LOADING_NEXT_EARLY_MS * UINT64_C(1000000);
    pthread_mutex_lock(&l->lock);
    l->early = answer;
    l->early_ns = end + (pause > least ? pause : least);
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static void loading_say(void *context, const char *sentence) {
    struct loading *l = context;
    pthread_mutex_lock(&l->lock);
    snprintf(l->says, sizeof l->says, "%s", sentence);
    pthread_mutex_unlock(&l->lock);
}

static struct analyse_options loading_moment(struct loading *l) {
    pthread_mutex_lock(&l->lock);
    struct analyse_options options = l->options;
    pthread_mutex_unlock(&l->lock);
    return options;
}

static void *loading_run(void *context) {
    struct loading *l = context;
    struct failure failure = {.text = ""};
    struct answer *answer = NULL;
    struct analyse_options options = loading_moment(l);
    struct analysis *analysis = l->analysis;
    if (!analysis)
        analysis = analysis_open(l->path, &options, &failure);
    pthread_mutex_lock(&l->lock);
    l->analysis = analysis; // from here on no moment is asked for beside it
    options = l->options;
    pthread_mutex_unlock(&l->lock);
    if (l->analysis)
        answer = analyse_moment(l->analysis, &options, &failure);
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
    l->options.look = loading_look;
    l->options.say = loading_say;
    l->options.progress_context = l->options.say_context = l;
    l->wants_early = true;
    l->early_ns = now_ns() + LOADING_FIRST_EARLY_MS * UINT64_C(1000000);
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
    while (!l->finished && !l->early && waited == 0)
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

struct answer *loading_early(struct loading *l) {
    pthread_mutex_lock(&l->lock);
    struct answer *early = l->early;
    l->early = NULL;
    pthread_mutex_unlock(&l->lock);
    return early;
}

bool loading_ask(struct loading *l, const struct analyse_options *moment) {
    if (!l->running)
        return false;
    pthread_mutex_lock(&l->lock);
    bool reading = !l->analysis && !l->finished;
    if (reading) {
        l->options = *moment;
        l->early_ns = 0;
    }
    pthread_mutex_unlock(&l->lock);
    return reading;
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
    answer_free(l->early);
    l->early = NULL;
    if (!cancel)
        return l->answer;
    answer_free(l->answer);
    return NULL;
}

bool loading_again(struct loading *l) {
    loading_end(l, true);
    if (l->before) // nobody has an answer of the one between
        analysis_close(l->analysis);
    else
        l->before = l->analysis;
    l->analysis = NULL;
    if (l->before)
        index_file_release(&l->before->index);
    return loading_start(l);
}

void loading_forget(struct loading *l) {
    analysis_close(l->before);
    l->before = NULL;
}

void loading_close(struct loading *l) {
    loading_forget(l);
    analysis_close(l->analysis);
    l->analysis = NULL;
}
