// command.h - what somebody asks of a drainer that is at work.
//
// One slot in the memory that the process shares with its drainer: whoever asks
// takes it, writes the command, and waits for the drainer to have done it. A
// slot whose taker has died is taken from it.
//
// Invariant: the slot is written by the one who has taken it, until it is
//            asked, from then on by the drainer, until it is done, and then by
//            the one who has taken it again.
#ifndef RP_INSTRUMENT_SHM_COMMAND_H
#define RP_INSTRUMENT_SHM_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

enum rp_command_kind {
    RP_COMMAND_START,    // of a recording that is paused
    RP_COMMAND_MARK,     // writes the text into the trace
    RP_COMMAND_STOP,     // pauses one that began paused; ends any other
    RP_COMMAND_SNAPSHOT, // writes a snapshot
    RP_COMMAND_MOMENT,   // the same, as of `ticks`; nobody waits for it
};

enum { RP_COMMAND_TEXT = 4096 + 128 };

struct rp_command {
    _Atomic uint32_t state; // 0 free, then as in command.c
    _Atomic uint32_t asker; // the thread that has taken it
    uint32_t kind;          // enum rp_command_kind
    uint64_t ticks;         // of rp_clock, see RP_COMMAND_MOMENT
    // The drainer's answer: an errno value, 0: it is done, ECANCELED: the
    // recording has ended before that; of a snapshot, its number; of a stop,
    // 1: it is paused.
    int32_t error;
    uint32_t number;
    // What is asked, and the answer: the trace that a snapshot is in.
    char text[RP_COMMAND_TEXT];
};

// Takes the slot and asks; false: somebody else is asking. text: at most
// RP_COMMAND_TEXT - 1 bytes count.
bool rp_command_put(struct rp_command *command, enum rp_command_kind kind,
                    const char *text);

// Takes it for a moment: this one. The slot is given back by the drainer. What
// the caller does next is not before the moment, and by then is seen by a
// drainer that sees it.
bool rp_command_put_moment(struct rp_command *command);

// Whether the slot is taken by this very thread: then it waits in vain.
bool rp_command_is_mine(struct rp_command *command);

// By the one who has asked: waits at most `ns`; returns whether there is an
// answer. And gives the slot back: afterwards the answer must not be read.
bool rp_command_wait(struct rp_command *command, uint64_t ns);
void rp_command_leave(struct rp_command *command);

// By the drainer: whether something is asked; and afterwards, that it is done,
// with these words, or NULL: with those that were asked.
bool rp_command_is_asked(struct rp_command *command);
// The same of a moment, which is not to be passed then; *ticks: of it.
bool rp_command_is_moment(struct rp_command *command, uint64_t *ticks);
void rp_command_done(struct rp_command *command, int error, uint32_t number,
                     const char *text);

#endif
