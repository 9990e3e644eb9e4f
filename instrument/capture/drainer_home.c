// drainer_home.c - see drainer_home.h.
#include "instrument/capture/drainer_home.h"

#include "core/base/atomic.h"
#include "instrument/drain/drainer.h"
#include "instrument/drain/naming.h"
#include "instrument/drain/recovery.h"
#include "instrument/os/doorbell.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/shm/registration.h"
#include "instrument/shm/spill_reader.h"

#include <errno.h>

enum {
    ROUND_NS = 100000000,
    ROUNDS = 100, // without a sign of life, at the end
    QUIET_ROUNDS = 5,
};

// Forked children have it, too.
static _Atomic(struct rp_registration *) the_registration;

static struct rp_registration *get_registration(
    const struct rp_options *options) {
    struct rp_registration *registration =
        load_relaxed(&the_registration); // relaxed: mapped by me

    if (registration == NULL && options->registration[0] != 0) {
        registration = rp_registration_open(options->registration);
        store_relaxed(&the_registration,
                      registration); // relaxed: one thread does this
    }
    return registration;
}

// That of a drainer which is there; NULL: there is none.
static struct rp_registration *get_served(const struct rp_options *options) {
    struct rp_registration *registration = get_registration(options);

    return registration != NULL && rp_registration_is_served(registration)
               ? registration
               : NULL;
}

bool rp_drainer_home_is_anothers(const struct rp_options *options) {
    const struct rp_registration *registration = get_served(options);

    return registration != NULL && registration->user != rp_system_user();
}

uint64_t rp_drainer_home_hand_over(const struct rp_options *options, int file) {
    const struct rp_registration *registration = get_served(options);

    return registration != NULL ? rp_registration_hand_over(registration, file)
                                : 0;
}

static bool find_process(struct rp_recorder *recorder) {
    struct rp_shared *shared = recorder->shared;
    struct rp_registration *registration = get_served(recorder->options);

    if (registration == NULL ||
        (shared->rings_path[0] == 0 && recorder->token == 0))
        return false;
    // relaxed, all: before the drainer knows of the rings
    store_relaxed(&shared->drainer_home, RP_DRAINER_PROCESS);
    store_relaxed(&shared->drainer, load_relaxed(&registration->drainer));
    store_relaxed(&recorder->shm.doorbell, &registration->awake);
    if (rp_registration_announce(registration, shared->process,
                                 shared->rings_path, recorder->token))
        return true;
    store_relaxed(&shared->drainer_home, RP_DRAINER_THREAD);
    store_relaxed(&recorder->shm.doorbell, &shared->awake);
    return false;
}

// ---- a thread of this process ----

static int open_rings(const struct rp_shared *shared) {
    int file;

    if (shared->rings_path[0] == 0 ||
        rp_system_share_again(shared->rings_path, &file) != 0)
        return -1;
    return file;
}

static int spawn(struct rp_recorder *recorder, const int files[2]) {
    // relaxed, both: the drainer starts after this, and who misses the doorbell
    // rings again
    store_relaxed(&recorder->shared->drainer_home, RP_DRAINER_THREAD);
    store_relaxed(&recorder->shm.doorbell, &recorder->shared->awake);
    return rp_spawn(&recorder->spawned, rp_drainer_run, recorder->drainer,
                    files);
}

static void close_both(const int files[2]) {
    for (int i = 0; i < 2; i++) {
        if (files[i] >= 0)
            rp_system_close(files[i]);
    }
}

static int start_thread(struct rp_recorder *recorder) {
    int files[2] = {-1, -1};
    int error = rp_naming_create(recorder->shared, &files[0]);

    if (error != 0)
        return error;
    files[1] = open_rings(recorder->shared);
    recorder->drainer =
        rp_drainer_make(&recorder->shm, files[1], files[0], 0, 0);
    error = recorder->drainer != NULL ? spawn(recorder, files) : ENOMEM;
    if (error != 0)
        close_both(files);
    return error;
}

static void give_up(struct rp_recorder *recorder) {
    struct rp_shared *shared = recorder->shared;

    // release [ended]: for threads that have rings by now
    store_release(&shared->ended, 1);
    rp_system_wake(&shared->ended);
}

bool rp_drainer_home_open(struct rp_recorder *recorder) {
    struct rp_shared *shared = recorder->shared;

    if (find_process(recorder))
        return true;
    int error = start_thread(recorder);
    if (error == 0)
        return true;
    rp_naming_complain(shared->trace, error);
    give_up(recorder);
    if (shared->rings_path[0] != 0)
        rp_system_unlink(shared->rings_path);
    return false;
}

// ---- the death of the drainer ----

static void say(const struct rp_shared *shared, int error) {
    const char *reason = error != 0 ? rp_system_reason(error) : NULL;

    if (error == ECANCELED)
        reason = "it had not written yet what it knew.";
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, shared->trace);
    rp_line_text(&line, ": the recorder outside has died. ");
    if (error == 0)
        rp_line_text(&line, "The program goes on recording by itself.");
    else
        rp_line_text(&line, "The recording ends here: ");
    rp_line_text(&line, reason != NULL ? reason : "");
    rp_system_say(text);
}

// Opens the trace where the last drainer was cut off. EBUSY: it was not.
static int open_trace(struct rp_shared *shared, uint64_t *bytes, int *file) {
    int error = ENOENT;

    if (shared->trace[0] != 0)
        error = rp_system_go_on(shared->trace, bytes, file);
    if (error == ENOENT && !rp_system_process_lives(
                               load_relaxed(&shared->drainer))) { // relaxed: id
        *bytes = 0;
        error = rp_naming_create(shared, file);
    }
    return error;
}

static void take_over(void *context) {
    struct rp_recorder *recorder = context;
    struct rp_shared *shared = recorder->shared;
    int files[2] = {-1, -1};
    uint64_t bytes;
    int error = open_trace(shared, &bytes, &files[0]);

    if (error == EBUSY || (error != 0 && rp_system_process_lives(load_relaxed(
                                             &shared->drainer)))) // relaxed: id
        return; // it lives, and is slow
    // It may have come to the end after all.
    if (rp_recorder_ended(recorder)) {
        close_both(files);
        return;
    }
    if (error == 0) {
        files[1] = open_rings(shared);
        error = rp_shared_is_paused(shared)
                    ? ECANCELED
                    : rp_recovery_resume(&recorder->shm, files[1], files[0],
                                         bytes, &recorder->drainer);
    }
    if (error == 0) {
        rp_spill_reader_close(&recorder->drainer->shm); // see rp_drainer_run
        error = spawn(recorder, files);
    }
    if (error != 0)
        close_both(files);
    if (error == EALREADY) // it died between the trailer and telling so
        give_up(recorder);
    else
        say(shared, error);
    if (error != 0)
        give_up(recorder);
}

void rp_drainer_home_look_after(struct rp_recorder *recorder) {
    struct rp_shared *shared = recorder->shared;
    uint32_t nobody = 0;

    // relaxed: changed only below, by one thread
    if (load_relaxed(&shared->drainer_home) != RP_DRAINER_PROCESS ||
        rp_system_process() != recorder->process ||
        // acq_rel [take over]: what the last one has done
        !cas_strong_acq_rel(&recorder->taking_over, &nobody, 1))
        return;
    if (load_relaxed(&shared->drainer_home) ==
        RP_DRAINER_PROCESS) // by [take over]
        rp_spawn_errand(take_over, recorder);
    store_release(&recorder->taking_over, 0); // release [take over]: who drains
}

// ---- the end ----

static void wait_for_thread(struct rp_spawned *spawned) {
    uint32_t alive;

    // acquire [spawned]: all it has done
    while ((alive = load_acquire(&spawned->alive)) != 0)
        rp_system_wait(&spawned->alive, alive, ROUND_NS);
}

void rp_drainer_home_wait(struct rp_recorder *recorder) {
    struct rp_shared *shared = recorder->shared;
    uint32_t beat = 0, rounds = 0;

    // relaxed, all: a sign of life, and see rp_drainer_home_look_after
    while (load_relaxed(&shared->drainer_home) == RP_DRAINER_PROCESS &&
           !rp_recorder_ended(recorder) && !rp_recorder_is_given_up(recorder) &&
           rounds++ < ROUNDS) {
        if (load_relaxed(&shared->beat) != beat)
            rounds = 1;
        beat = load_relaxed(&shared->beat);
        rp_system_wait(&shared->ended, 0, ROUND_NS);
        if (rounds % QUIET_ROUNDS == 0 && !rp_recorder_ended(recorder))
            rp_drainer_home_look_after(recorder);
    }
    wait_for_thread(&recorder->spawned);
}
