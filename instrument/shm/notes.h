// notes.h - what a writer of a trace notes, so that another can go on with it.
#ifndef RP_INSTRUMENT_SHM_NOTES_H
#define RP_INSTRUMENT_SHM_NOTES_H

#include <stdint.h>

// Of the whole trace. Numbers are raised before anything that uses them is
// written.
struct rp_trace_notes {
    uint32_t texts, nodes, modules; // that have numbers
    uint32_t snapshots;
    uint32_t snapshot_files; // how many names were tried
    uint64_t lost;         // of the events without a thread, told in the trace
    uint64_t own_sequence; // of ring 0
    uint64_t start;        // in steps: no event comes before it any more
};

// Of one ring.
struct rp_ring_notes {
    uint64_t steps;      // time of the last event
    uint64_t written_to; // slots: up to where, when the tail comes later
    uint64_t sequence;   // events, when that is not the one of the ring's mark
    uint64_t lost, gone; // told in the trace
    uint64_t named;      // the mark's tail when the name was looked at
    char name[16];       // of the thread
};

#endif
