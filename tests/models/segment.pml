// segment.pml - the spans of a segment as bits, and the hint that some are
// free: segment.c, for every interleaving.
//
// THREADS threads take one span each and give it back, ROUNDS times, but for the
// first one, which keeps its last. Shown: a span has one owner at a time, and
// when all is quiet a segment with a free span is found by its hint.

#define THREADS 3
#define SPANS 2
#define ROUNDS 2

byte free_bits = 3; // both spans
bool has_free = true;
byte owners[SPANS];
byte done = 0;

inline hint_clear() {
    has_free = false;   // the AND, acquire
#ifndef BROKEN // without a second look at the bits
    if
    :: free_bits != 0 -> has_free = true // the OR
    :: else -> skip
    fi
#endif
}

proctype thread(bool keeps) {
    byte round, seen, mine;
    bool emptied;
    round = 0;
    do
    :: round < ROUNDS ->
        seen = free_bits; // a guess
        do
        :: seen == 0 -> break
        :: seen != 0 ->
            mine = ((seen & 1) -> 0 : 1);
            // the CAS
            atomic {
                if
                :: free_bits == seen ->
                    free_bits = free_bits & ~(1 << mine);
                    owners[mine] = owners[mine] + 1;
                    assert(owners[mine] == 1);
                    emptied = (free_bits == 0);
                    seen = 255
                :: else -> seen = free_bits
                fi
            }
            if
            :: seen == 255 -> break
            :: else -> skip
            fi
        od;
        if
        :: seen == 255 ->
            // the CAS took the last one, so the hint goes
            if
            :: emptied -> hint_clear()
            :: else -> skip
            fi;
            if
            :: keeps && round == ROUNDS - 1 -> skip
            :: else ->
                // gives it back: the bit, then the hint
                atomic { owners[mine] = owners[mine] - 1;
                         free_bits = free_bits | (1 << mine) }
                has_free = true
            fi
        :: else -> skip
        fi;
        round = round + 1
    :: else -> break
    od;
    done = done + 1
}

init {
    byte i = 0;
    atomic {
        do
        :: i < THREADS -> run thread(i == 0); i = i + 1
        :: else -> break
        od
    }
    done == THREADS;
    assert(free_bits == 0 || has_free)
}
