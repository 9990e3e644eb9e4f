// test_enter.c - tests instrument/capture/enter.c and producer.c, with a
// recording under way.
#include "instrument/capture/enter.h"

#include "core/hook.h"
#include "instrument/capture/control.h"
#include "tests/instrument/under_way.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(producer, .init = under_way_begin, .fini = under_way_end);

static unsigned count_threads(void) {
    unsigned count = 0;

    for (struct rp_thread *t = load_acquire(&rp_recorder_get()->threads);
         t != NULL; t = load_relaxed(&t->next))
        count++;
    return count;
}

static uint64_t count_lost(const struct rp_producer *producer) {
    return load_relaxed(&producer->thread->producers[0].side.ring->lost);
}

Test(producer, is_the_same_for_each_event_of_a_thread) {
    struct rp_producer *first = rp_enter();
    rp_producer_leave(first);
    struct rp_producer *second = rp_enter();
    rp_producer_leave(second);

    cr_assert(first != NULL);
    cr_assert(first == second);
    cr_assert(first == &first->thread->producers[0]);
}

// As from a signal handler in the middle of a hook.
Test(producer, is_another_one_in_the_middle_of_an_event) {
    struct rp_producer *outer = rp_enter();
    struct rp_producer *inner = rp_enter();
    struct rp_producer *innermost = rp_enter();

    cr_assert(inner == &outer->thread->producers[1]);
    cr_assert(innermost == &outer->thread->producers[2]);
    rp_producer_leave(innermost);
    rp_producer_leave(inner);
    cr_assert(rp_enter() == inner);
    rp_producer_leave(inner);
    rp_producer_leave(outer);
    cr_assert(rp_enter() == outer);
}

Test(producer, is_counted_as_lost_when_there_is_none_left) {
    struct rp_producer *outer = rp_enter();

    for (unsigned i = 1; i < RP_PRODUCERS; i++)
        cr_assert(rp_enter() != NULL);
    cr_assert(rp_enter() == NULL);
    cr_assert(eq(u64, count_lost(outer), 1));
}

static void *one_event(void *unused) {
    struct rp_producer *producer = rp_enter();

    (void)unused;
    if (producer != NULL)
        rp_producer_leave(producer);
    return producer;
}

static void *on_a_thread(void *(*body)(void *)) {
    pthread_t thread;
    void *result;

    cr_assert(eq(int, pthread_create(&thread, NULL, body, NULL), 0));
    cr_assert(eq(int, pthread_join(thread, &result), 0));
    return result;
}

Test(producer, differs_from_thread_to_thread) {
    struct rp_producer *mine = one_event(NULL);

    cr_assert(on_a_thread(one_event) != mine);
}

Test(producer, of_an_ended_thread_serves_another_thread) {
    one_event(NULL);
    unsigned count;

    do {
        usleep(1000); // the drainer looks for ended threads now and then
        count = count_threads();
        on_a_thread(one_event);
    } while (count_threads() != count);
}

Test(producer, leaves_errno_alone) {
    errno = 42;
    struct rp_producer *producer = rp_enter();
    cr_assert(eq(int, errno, 42));
    struct rp_producer *inner = rp_enter();
    cr_assert(eq(int, errno, 42));
    rp_producer_leave(inner);
    rp_producer_leave(producer);
}

Test(producer, has_room_again_when_the_drainer_was_there) {
    setenv("RPSCOPE_BUFFER", "64K", 1);
    for (uint32_t i = 0; i < 100000; i++) {
        errno = 42;
        rp_on_heap_reset(i);
        cr_assert(eq(int, errno, 42));
    }
    struct rp_producer *producer = rp_enter();

    cr_assert(eq(u64, count_lost(producer), 0));
    rp_producer_leave(producer);
}

Test(producer, is_none_when_nothing_is_recorded) {
    setenv("RPSCOPE_RECORD", "off", 1);

    cr_assert(rp_enter() == NULL);
    cr_assert(rp_enter() == NULL);
}

Test(producer, is_none_after_the_recording_was_stopped_for_a_new_thread) {
    one_event(NULL);
    rp_control_stop();

    cr_assert(on_a_thread(one_event) == NULL);
}
