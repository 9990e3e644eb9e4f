// command.c - see command.h.
#include "instrument/shm/command.h"

#include "core/base/atomic.h"
#include "instrument/os/clock.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"

enum { FREE, TAKEN, ASKED, ANSWERING, DONE };
enum { WAIT_NS = 1000000, WAITS = 1000 }; // for words that are being written

// Takes the slot that is free, or whose taker has died.
static bool take(struct rp_command *command, uint32_t asker) {
    uint32_t state = load_relaxed(&command->state); // relaxed: a first guess

    if (state == ANSWERING)
        return false;
    // relaxed: an id, looked up at the system
    if (state != FREE && rp_system_process_lives(load_relaxed(&command->asker)))
        return false;
    // acq_rel [command]: the last one is done with it
    if (!cas_strong_acq_rel(&command->state, &state, TAKEN))
        return false;
    store_relaxed(&command->asker, asker); // relaxed: as above
    return true;
}

bool rp_command_put(struct rp_command *command, enum rp_command_kind kind,
                    const char *text) {
    if (!take(command, rp_system_thread()))
        return false;
    struct rp_line line = rp_line_start(command->text, sizeof command->text);
    rp_line_text(&line, text);
    command->kind = kind;
    store_release(&command->state, ASKED); // release [command]: what is asked
    return true;
}

bool rp_command_put_moment(struct rp_command *command) {
    uint32_t state = TAKEN;

    if (!take(command, rp_system_thread()))
        return false;
    command->kind = RP_COMMAND_MOMENT;
    command->ticks = rp_clock_now_ordered();
    // It outlives the thread. relaxed: see take
    store_relaxed(&command->asker, rp_system_process());
    // acq_rel [command]: what is asked. One that changes the word, so that it
    // is seen before anything that comes after it.
    return cas_strong_acq_rel(&command->state, &state, ASKED);
}

bool rp_command_is_moment(struct rp_command *command, uint64_t *ticks) {
    if (!rp_command_is_asked(command) || command->kind != RP_COMMAND_MOMENT)
        return false;
    *ticks = command->ticks;
    return true;
}

bool rp_command_is_mine(struct rp_command *command) {
    // relaxed, both: nobody else makes it so
    uint32_t state = load_relaxed(&command->state);
    bool mine = load_relaxed(&command->asker) == rp_system_thread();

    return mine && (state == TAKEN ||
                    (state != FREE && command->kind != RP_COMMAND_MOMENT));
}

bool rp_command_wait(struct rp_command *command, uint64_t ns) {
    // relaxed: returns at once, if that is not so
    if (load_relaxed(&command->state) != DONE)
        rp_system_wait(&command->state, ASKED, ns);
    // acquire [command]: the answer
    return load_acquire(&command->state) == DONE;
}

void rp_command_leave(struct rp_command *command) {
    // acquire [command]: the drainer is done with it
    for (int i = 0; i < WAITS && load_acquire(&command->state) == ANSWERING;
         i++)
        rp_system_wait(&command->state, ANSWERING, WAIT_NS);
    store_release(&command->state, FREE); // release [command]: so am I
}

bool rp_command_is_asked(struct rp_command *command) {
    // acquire [command]: what is asked
    return load_acquire(&command->state) == ASKED;
}

void rp_command_done(struct rp_command *command, int error, uint32_t number,
                     const char *text) {
    uint32_t state = ASKED;

    // acq_rel [command]: mine, if somebody still waits for it
    if (!cas_strong_acq_rel(&command->state, &state, ANSWERING))
        return;
    command->error = error;
    command->number = number;
    if (text != NULL) {
        struct rp_line line =
            rp_line_start(command->text, sizeof command->text);
        rp_line_text(&line, text);
    }
    // release [command]: the answer, or that nobody waits for one
    store_release(&command->state,
                  command->kind == RP_COMMAND_MOMENT ? FREE : DONE);
    rp_system_wake(&command->state);
}
