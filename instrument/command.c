// command.c - see command.h.
#include "instrument/command.h"

#include "core/atomic.h"
#include "instrument/line.h"
#include "instrument/system.h"

enum { FREE, TAKEN, ASKED, DONE };
enum { WAIT_NS = 50000000, WAITS = 200 };

bool rp_command_put(struct rp_command *command, enum rp_command_kind kind,
                    const char *text) {
    uint32_t state = FREE;

    // acq_rel [command]: the last one is done with it
    if (!cas_strong_acq_rel(&command->state, &state, TAKEN))
        return false;
    struct rp_line line = rp_line_start(command->text, sizeof command->text);
    rp_line_text(&line, text);
    command->kind = kind;
    store_release(&command->state, ASKED); // release [command]: what is asked
    return true;
}

bool rp_command_await(struct rp_command *command) {
    uint32_t state = ASKED;

    for (int i = 0; i < WAITS && state == ASKED; i++) {
        rp_system_wait(&command->state, ASKED, WAIT_NS);
        state = load_acquire(&command->state); // acquire [command]: it is done
    }
    store_release(&command->state, FREE); // release [command]: so am I
    return state == DONE;
}

bool rp_command_ask(struct rp_command *command, enum rp_command_kind kind,
                    const char *text) {
    return rp_command_put(command, kind, text) && rp_command_await(command);
}

bool rp_command_is_asked(struct rp_command *command) {
    // acquire [command]: what is asked
    return load_acquire(&command->state) == ASKED;
}

void rp_command_done(struct rp_command *command) {
    uint32_t state = ASKED;

    // acq_rel [command]: it is done, if somebody still waits for it
    cas_strong_acq_rel(&command->state, &state, DONE);
    rp_system_wake(&command->state);
}
