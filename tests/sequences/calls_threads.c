// calls_threads.c - calls from several threads, and of threads.
//
// A block that is sent waits in a letter box for its actor to free it. What an
// actor takes in it has for itself: so it may do that while others go on.
#include "tests/sequences/live.h"
#include "tests/sequences/sequence.h"

#include <string.h>

enum { BOX = 2048 };

struct box {
    struct live_block blocks[BOX];
    size_t count;
};
static struct box boxes[ACTORS]; // sent
static struct box taken[ACTORS]; // taken in, by the actor alone

void call_other_actor(void) {
    sequence.actor = input_byte() % ACTORS;
}

static void send(unsigned place, unsigned actor) {
    struct box *box = &boxes[actor];

    if (box->count == BOX)
        return;
    box->blocks[box->count++] = live_taken(place);
    ++sequence.sent;
}

void call_send(void) {
    int place = input_live();
    unsigned actor = input_byte() % ACTORS;

    if (place >= 0)
        send((unsigned)place, actor);
}

void call_send_many(void) {
    unsigned actor = input_byte() % ACTORS, every = 1 + input_byte() % 4;

    for (unsigned i = 0; i < LIVE_PLACES; i += every)
        if (live_blocks[i].bytes != NULL)
            send(i, actor);
}

void sent_forget(void) {
    memset(boxes, 0, sizeof boxes);
    memset(taken, 0, sizeof taken);
}

void sent_withdraw(const struct rpmalloc_heap *heap) {
    unsigned me = sequence.actor;

    for (unsigned i = 0; i < ACTORS; ++i) {
        struct box *box = &boxes[i];
        size_t kept = 0;
        if (i != me)
            actor_wait(i);
        for (size_t k = 0; k < box->count; ++k)
            if (box->blocks[k].heap != heap)
                box->blocks[kept++] = box->blocks[k];
        sequence.sent -= box->count - kept;
        box->count = kept;
    }
}

static void take_in(void *context) {
    struct box *box = context;

    rpmalloc_thread_initialize(); // it may be its first work of the sequence
    for (size_t i = 0; i < box->count; ++i) {
        const struct live_block *block = &box->blocks[i];
        live_check(block, block->bytes, block->usable);
        free_kept(block->bytes);
    }
    box->count = 0;
}

// By the actor itself, or by another one, to whose end is waited or not.
void call_take_in(void) {
    unsigned how = input_byte(), actor = how % ACTORS;

    if (actor != sequence.actor && actor != 0)
        actor_wait(actor);
    else
        actor = sequence.actor;
    taken[actor] = boxes[actor];
    sequence.sent -= boxes[actor].count;
    boxes[actor].count = 0;
    if (actor == sequence.actor) {
        take_in(&taken[actor]);
        return;
    }
    sequence.of[actor].is_started = 1;
    actor_start(actor, take_in, &taken[actor]);
    if (how >= 128)
        actor_wait(actor);
}

void call_collect(void) {
    rpmalloc_thread_collect();
}

void call_collect_all(void) {
    rpmalloc_collect_all();
}

void call_reset(void) {
    if (sequence.of[sequence.actor].visits > 0)
        return;
    rpmalloc_thread_reset();
    LIVE_EXPECT(!rpmalloc_is_thread_initialized(),
                "after reset the thread has a heap");
}

void call_initialize(void) {
    if (rpmalloc_initialize() != 0) {
        LIVE_EXPECT(sequence.may_fail, "initialize failed");
        return;
    }
    LIVE_EXPECT(rpmalloc_is_thread_initialized(),
                "after initialize the thread has no heap");
}

// Of another one, outside of a handler: nobody ends itself here.
void call_end_thread(void) {
    unsigned actor = input_byte() % ACTORS;

    if (actor == 0 || actor == sequence.actor || sequence.of[actor].visits > 0)
        return;
    actor_end(actor);
    sequence.of[actor].is_started = 0;
}

void call_visit(void) {
    unsigned how = input_byte(), *visits = &sequence.of[sequence.actor].visits;
    struct rpmalloc_signal *aside = sequence.of[sequence.actor].aside;

    if (how % 2 == 0 && *visits < SEQUENCE_VISITS)
        rpmalloc_signal_begin(&aside[(*visits)++]);
    else if (*visits > 0)
        rpmalloc_signal_end(&aside[--*visits]);
}
