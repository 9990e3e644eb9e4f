// leave.pml - a span all of whose blocks are deferred loses its memory:
// deferred.h and notify.h, step by step, for every interleaving.
//
// One thread has pushed all blocks but its last, and the span stands in the
// owner's notify stack, or it has all of them and it does not. It begins to
// leave, gives the memory back, and ends. The owner comes by at any time. Shown:
// the owner never has the span while its memory is being given back, and gets
// it in the end, once, and once only in the notify stack.

#define NONE 0
#define CHAIN 1   // blocks, in a list
#define LEAVING 2
#define GONE 3

byte deferred = NONE;
byte listed = 0;      // how often the span stands in the notify stack
bool giving = false;  // the memory is being given back
byte got = 0;         // how often the owner got the span
bool is_done = false;

proctype freer() {
    byte before = deferred;
    bool notifies;
    bool left = false;
    // begins: one CAS, which fails when the owner took meanwhile
    atomic {
        if
        :: deferred == before -> deferred = LEAVING; left = true
        :: else -> skip
        fi
    }
    if
    :: left ->
        giving = true;
        giving = false;
        // ends: one CAS, or else a store
#ifndef BROKEN
        atomic {
            if
            :: deferred == LEAVING -> deferred = GONE; notifies = false
            :: else -> notifies = true
            fi
        }
        if
        :: notifies -> deferred = GONE
        :: else -> skip
        fi;
#else // as if the owner had never come
        notifies = false;
        deferred = GONE;
#endif
        notifies = notifies || before == NONE
    :: else ->
        // an ordinary push
        atomic { notifies = (deferred == NONE); deferred = CHAIN }
    fi;
    if
    :: notifies -> atomic { listed = listed + 1; assert(listed == 1) }
    :: else -> skip
    fi;
    is_done = true
}

proctype owner() {
    byte taken, n, turns;
    do
    :: atomic { taken = listed; listed = 0 }
        if
        :: taken > 0 ->
            atomic { n = deferred; deferred = NONE }
            if
            :: n == LEAVING || n == NONE -> assert(n != NONE)
            :: else ->
                assert(!giving);
                // a chain that lacked the last blocks is taken in part
                got = got + 1
            fi
        :: else -> skip
        fi;
        if
        :: is_done && listed == 0 -> break
        :: else -> skip
        fi
    od;
    assert(deferred == NONE);
    assert(got >= 1)
}

init {
    atomic {
        if
        :: deferred = NONE; listed = 0
        :: deferred = CHAIN; listed = 1
        fi;
        run freer();
        run owner()
    }
}
