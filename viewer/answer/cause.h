// cause.h - what keeps memory that is not used, and why, as parts of an answer.
#ifndef RPSCOPE_ANSWER_CAUSE_H
#define RPSCOPE_ANSWER_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

// What keeps what is held and not used (keepers.h).
enum keeper {
    KEEPER_BLOCKS,   // live blocks keep the spans they are in
    KEEPER_SIZES,    // size classes
    KEEPER_ENDS,     // large and huge blocks take whole spans
    KEEPER_FREES,    // not taken back by the owner, and nothing else is there
    KEEPER_HEAPS,    // empty spans of threads
    KEEPER_GLOBAL,   // and of all
    KEEPER_SEGMENTS, // the same where live spans keep the segment
    KEEPER_RESERVE,  // never used
    KEEPER_TABLES,
    KEEPERS
};
struct answer_keeper {
    const char *key, *name, *cure;
    uint64_t bytes;
    uint64_t back_bytes; // of these, go back when all is collected
};

// Why more is held than used: what will happen when it is cured. The words are
// never mixed: bytes that become free serve any size; bytes that go back are
// the system's, or the embedder's, and what is held is less by them.
enum { CAUSE_SITES = 20 };
struct answer_cause {
    const char *kind; // "pin", "shared pin", "thread cache", ...
    bool certain;     // false: likely
    uint32_t sites[CAUSE_SITES];
    uint32_t site_count; // 1: by itself; more: together
    uint32_t site;       // the first of them, or ANSWER_NONE
    uint32_t heap;       // that has most of it (index in heaps), or ANSWER_NONE
    uint64_t keeps_bytes;
    uint64_t free_bytes; // become free for any size
    // Go back, at least and at the most: where that differs, it is because a
    // segment more may be needed. What collecting alone gives back counts only
    // where it is the cure.
    uint64_t back_bytes, back_most_bytes;
    // So much less is in memory, as far as it is known: what was never used is
    // not, and neither are pages behind the ends of large blocks.
    uint64_t resident_bytes;
    // What goes back without the cure, by less: when all is collected, and when
    // each block moves that should (rpmalloc_should_move).
    uint64_t collect_bytes, move_bytes, move_most_bytes;
    const char *who;  // names of the sites, or of the heap; or NULL
    const char *says; // a sentence or two
    const char *cure; // what to do, in a sentence
    const char *also; // what to do instead, for less; or NULL
    const char *code; // lines of it; or NULL
};

#endif
