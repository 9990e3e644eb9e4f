// test_producer.c - tests instrument/capture/producer.c, with a recording under
// way.
#include "instrument/capture/producer.h"

#include "core/hook.h"
#include "instrument/capture/control.h"
#include "instrument/capture/recorder.h"
#include "instrument/capture/thread.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/rpscope-test-XXXXXX";

static void setup(void) {
    char path[64];

    cr_assert(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/lane.rptrace", folder);
    setenv("RPSCOPE_FILE", path, 1);
    setenv("RPSCOPE_RECORD", "on", 1);
}

static void teardown(void) {
    char command[64];

    rp_control_stop();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    cr_assert(eq(int, system(command), 0));
}

TestSuite(lane, .init = setup, .fini = teardown);

static unsigned count_threads(void) {
    unsigned count = 0;

    for (struct rp_thread *t = load_acquire(&rp_recorder_get()->threads);
         t != NULL; t = load_relaxed(&t->next))
        count++;
    return count;
}

static uint64_t count_lost(const struct rp_lane *lane) {
    return load_relaxed(&lane->thread->lanes[0].producer.ring->lost);
}

Test(lane, is_the_same_for_each_event_of_a_thread) {
    struct rp_lane *first = rp_lane_enter();
    rp_lane_leave(first);
    struct rp_lane *second = rp_lane_enter();
    rp_lane_leave(second);

    cr_assert(first != NULL);
    cr_assert(first == second);
    cr_assert(first == &first->thread->lanes[0]);
}

// As from a signal handler in the middle of a hook.
Test(lane, is_another_one_in_the_middle_of_an_event) {
    struct rp_lane *outer = rp_lane_enter();
    struct rp_lane *inner = rp_lane_enter();
    struct rp_lane *innermost = rp_lane_enter();

    cr_assert(inner == &outer->thread->lanes[1]);
    cr_assert(innermost == &outer->thread->lanes[2]);
    rp_lane_leave(innermost);
    rp_lane_leave(inner);
    cr_assert(rp_lane_enter() == inner);
    rp_lane_leave(inner);
    rp_lane_leave(outer);
    cr_assert(rp_lane_enter() == outer);
}

Test(lane, is_counted_as_lost_when_there_is_none_left) {
    struct rp_lane *outer = rp_lane_enter();

    for (unsigned i = 1; i < RP_LANES; i++)
        cr_assert(rp_lane_enter() != NULL);
    cr_assert(rp_lane_enter() == NULL);
    cr_assert(eq(u64, count_lost(outer), 1));
}

static void *one_event(void *unused) {
    struct rp_lane *lane = rp_lane_enter();

    (void)unused;
    if (lane != NULL)
        rp_lane_leave(lane);
    return lane;
}

static void *on_a_thread(void *(*body)(void *)) {
    pthread_t thread;
    void *result;

    cr_assert(eq(int, pthread_create(&thread, NULL, body, NULL), 0));
    cr_assert(eq(int, pthread_join(thread, &result), 0));
    return result;
}

Test(lane, differs_from_thread_to_thread) {
    struct rp_lane *mine = one_event(NULL);

    cr_assert(on_a_thread(one_event) != mine);
}

Test(lane, of_an_ended_thread_serves_another_thread) {
    one_event(NULL);
    for (unsigned i = 0; i < 50; i++) {
        on_a_thread(one_event);
        usleep(20000); // the drainer looks for ended threads now and then
    }

    cr_assert(lt(u32, count_threads(), 20));
}

Test(lane, leaves_errno_alone) {
    errno = 42;
    struct rp_lane *lane = rp_lane_enter();
    cr_assert(eq(int, errno, 42));
    struct rp_lane *inner = rp_lane_enter();
    cr_assert(eq(int, errno, 42));
    rp_lane_leave(inner);
    rp_lane_leave(lane);
}

Test(lane, has_room_again_when_the_drainer_was_there) {
    setenv("RPSCOPE_BUFFER", "64K", 1);
    for (uint32_t i = 0; i < 100000; i++) {
        errno = 42;
        rp_on_heap_reset(i);
        cr_assert(eq(int, errno, 42));
    }
    struct rp_lane *lane = rp_lane_enter();

    cr_assert(eq(u64, count_lost(lane), 0));
    rp_lane_leave(lane);
}

Test(lane, is_none_when_nothing_is_recorded) {
    setenv("RPSCOPE_RECORD", "off", 1);

    cr_assert(rp_lane_enter() == NULL);
    cr_assert(rp_lane_enter() == NULL);
}

Test(lane, is_none_after_the_recording_was_stopped_for_a_new_thread) {
    one_event(NULL);
    rp_control_stop();

    cr_assert(on_a_thread(one_event) == NULL);
}
