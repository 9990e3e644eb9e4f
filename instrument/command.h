// command.h - what somebody outside asks of a drainer that is at work.
//
// One slot in the memory that the process shares with its drainer: whoever asks
// takes it, writes the command, and waits for the drainer to have done it.
//
// Invariant: the slot is written by the one who has taken it, until it is
//            asked, and from then on by the drainer.
#ifndef RP_COMMAND_H
#define RP_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

enum rp_command_kind {
    RP_COMMAND_START, // of a recording that began paused
    RP_COMMAND_MARK,  // writes the text into the trace
    RP_COMMAND_STOP,  // ends the recording; the program goes on
};

enum { RP_COMMAND_TEXT = 1024 };

struct rp_command {
    _Atomic uint32_t state; // 0 free, then as in command.c
    uint32_t kind;          // enum rp_command_kind
    char text[RP_COMMAND_TEXT];
};

// Asks; false: somebody else is asking. Then waits some seconds for the answer;
// false: there is none. text: at most RP_COMMAND_TEXT - 1 bytes count.
bool rp_command_put(struct rp_command *command, enum rp_command_kind kind,
                    const char *text);
bool rp_command_await(struct rp_command *command);

// Asks, and waits some seconds; false: the drainer did not answer, or somebody
// else is asking.
bool rp_command_ask(struct rp_command *command, enum rp_command_kind kind,
                    const char *text);

// By the drainer: whether something is asked; and afterwards, that it is done.
bool rp_command_is_asked(struct rp_command *command);
void rp_command_done(struct rp_command *command);

#endif
