// asked.c - what is asked of the drainer while it is at work.
#include "instrument/drainer_parts.h"

#include <string.h>

void rp_drainer_obey(struct rp_drainer *drainer) {
    struct rp_command *command = &drainer->shared->asked;

    if (!rp_command_is_asked(command))
        return;
    if (command->kind == RP_COMMAND_START) {
        if (rp_drainer_is_paused(drainer))
            rp_late_start(drainer);
        rp_command_done(command);
    } else if (command->kind == RP_COMMAND_MARK &&
               rp_drainer_is_paused(drainer)) {
        rp_command_done(command);
    } else if (command->kind == RP_COMMAND_MARK) {
        size_t bytes = strnlen(command->text, sizeof command->text);
        rp_drainer_tell(drainer, TRACE_EVENT_MARK,
                        rp_tables_text(&drainer->tables, command->text, bytes),
                        0);
        rp_command_done(command);
    } else if (command->kind == RP_COMMAND_STOP) {
        drainer->stops = true; // it is done when the trace is whole
    }
}
