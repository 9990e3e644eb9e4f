// actors.c - see actors.h.
#include "tests/sequences/actors.h"

#include <pthread.h>
#include <stdlib.h>

struct actor {
    pthread_t thread;
    int is_there, is_to_end;
    void (*work)(void *context); // NULL: none
    void *context;
};

static struct actor actors[ACTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[ACTORS] = {
    PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER,
    PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};

static void *play(void *argument) {
    struct actor *actor = argument;
    pthread_cond_t *mine = &changed[actor - actors];

    pthread_mutex_lock(&lock);
    for (;;) {
        while (actor->work == NULL && !actor->is_to_end)
            pthread_cond_wait(mine, &lock);
        if (actor->work == NULL)
            break;
        pthread_mutex_unlock(&lock);
        actor->work(actor->context);
        pthread_mutex_lock(&lock);
        actor->work = NULL;
        pthread_cond_broadcast(mine);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

void actor_wait(unsigned number) {
    pthread_mutex_lock(&lock);
    while (actors[number].work != NULL)
        pthread_cond_wait(&changed[number], &lock);
    pthread_mutex_unlock(&lock);
}

void actors_wait(void) {
    for (unsigned i = 1; i < ACTORS; ++i)
        actor_wait(i);
}

void actor_start(unsigned number, void (*work)(void *context), void *context) {
    struct actor *actor = &actors[number];

    actor_wait(number);
    if (!actor->is_there) {
        actor->is_there = 1;
        actor->is_to_end = 0;
        if (pthread_create(&actor->thread, NULL, play, actor) != 0)
            abort();
    }
    pthread_mutex_lock(&lock);
    actor->context = context;
    actor->work = work;
    pthread_cond_broadcast(&changed[number]);
    pthread_mutex_unlock(&lock);
}

void actor_do(unsigned number, void (*work)(void *context), void *context) {
    if (number == 0) {
        work(context);
        return;
    }
    actor_start(number, work, context);
    actor_wait(number);
}

void actor_end(unsigned number) {
    struct actor *actor = &actors[number];

    if (!actor->is_there)
        return;
    actor_wait(number);
    pthread_mutex_lock(&lock);
    actor->is_to_end = 1;
    pthread_cond_broadcast(&changed[number]);
    pthread_mutex_unlock(&lock);
    pthread_join(actor->thread, NULL);
    actor->is_there = 0;
}
