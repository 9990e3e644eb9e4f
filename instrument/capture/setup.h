// setup.h - what a recording is made of: options, shared memory, tables, and a
// drainer.
#ifndef RP_INSTRUMENT_CAPTURE_SETUP_H
#define RP_INSTRUMENT_CAPTURE_SETUP_H

#include "instrument/capture/recorder.h"

// Whether this process came from a fork of one that recorded: its heap has a
// past that the trace must begin with.
bool rp_setup_inherits(void);

// A process was just forked, by the fork of that number in the recording of its
// parent. While there is only this thread.
void rp_setup_come_from(uint32_t fork);

// Whether this process is the one that RPSCOPE_FILE is meant for.
bool rp_setup_is_root(const struct rp_options *options);

// Whether this process is to be recorded, by those options, or by its own. The
// first time, what is wrong with these is said.
bool rp_setup_wants(const struct rp_options *options);
bool rp_setup_is_wanted(void);

// Says of the program on stderr, and in its trace, why nothing comes of it.
// After rp_setup_is_wanted, and before the recording begins.
void rp_setup_expect_nothing(const char *why);

// The program itself asks for a recording: so it may, though it has more rights
// than whoever started it. Before the quick part; afterwards it changes
// nothing.
void rp_setup_ask(void);

// The quick part, before any thread gets a ring: options, clock, tables. Takes
// no lock.
// false: nothing is to be recorded.
bool rp_setup_prepare(struct rp_recorder *recorder);

// The slow part, when the caller's producer exists and is busy: the file and
// the drainer. false: nothing can be recorded, and the reason was said.
bool rp_setup_open(struct rp_recorder *recorder);

#endif
