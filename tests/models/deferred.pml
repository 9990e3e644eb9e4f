// deferred.pml - blocks freed by others, and telling their owner: deferred.h
// and notify.h, step by step, for every interleaving.
//
// Two threads push BLOCKS blocks each onto one span's deferred stack; who finds
// it empty pushes the span onto the owner's notify stack; the owner takes both
// stacks whole, reading notify_next before it empties the span's stack. Shown:
// the span is in the notify stack at most once, notify_next is not written
// while the owner may still read it, and no block is lost.

#define PUSHERS 2
#define BLOCKS 2

byte deferred = 0;  // blocks on the span's stack
byte listed = 0;    // how often the span stands in the notify stack
bool reading = false; // the owner has taken the span and reads notify_next
byte collected = 0;
byte done = 0;

proctype pusher() {
    byte i, old;
    i = 0;
    do
    :: i < BLOCKS ->
        // the CAS: one step, whatever it waited for before
        atomic { old = deferred; deferred = deferred + 1 }
        if
        :: old == 0 ->
            // writes notify_next, then the CAS on the notify stack
            assert(!reading);
            assert(listed == 0);
            atomic { listed = listed + 1; assert(listed == 1) }
        :: else -> skip
        fi;
        i = i + 1
    :: else -> break
    od;
    done = done + 1
}

proctype owner() {
    byte taken, n;
    do
    :: // takes the notify stack whole
        atomic { taken = listed; listed = 0; reading = (taken > 0) }
        if
        :: taken > 0 ->
            // reads notify_next, then empties the span's stack
#ifndef BROKEN
            reading = false;
            atomic { n = deferred; deferred = 0 }
#else // the other way round
            atomic { n = deferred; deferred = 0 }
            reading = false;
#endif
            assert(n > 0);
            collected = collected + n
        :: else -> skip
        fi;
        if
        :: done == PUSHERS && listed == 0 -> break
        :: else -> skip
        fi
    od;
    assert(deferred == 0);
    assert(collected == PUSHERS * BLOCKS)
}

init {
    byte i = 0;
    atomic {
        run owner();
        do
        :: i < PUSHERS -> run pusher(); i = i + 1
        :: else -> break
        od
    }
}
