// give_up.pml - a block freed into a heap that is being given up, or has no
// thread: idle.c (rp_idle_give_up) and foreign.c (chain_push), for every
// interleaving.
//
// An owner gives its heap up; two threads free a block each into it: they push,
// and when the heap is idle they take it, collect, and give it up again. Shown:
// the heap has one owner at a time, and when all is quiet no block is left
// behind in a heap that nobody has.

#define PUSHERS 2

bool owned = true;  // the heap's state
byte notify = 0;    // what waits in it to be collected
byte owners = 1;
byte collected = 0;
byte done = 0;

inline collect() {
    atomic { collected = collected + notify; notify = 0 }
}

inline give_up() {
    do
    :: true ->
        atomic { owners = owners - 1; owned = false } // the release of the state
#ifdef BROKEN // without a second look
        break
#else
        // the CAS of NULL by NULL: sees what came before it
        if
        :: notify == 0 -> break
        :: else -> skip
        fi;
        // takes it back, unless another has
        atomic {
            if
            :: !owned -> owned = true; owners = owners + 1; assert(owners == 1)
            :: else -> break
            fi
        }
        collect()
#endif
    od
}

proctype owner() {
    collect();
    give_up();
    done = done + 1
}

proctype pusher() {
    bool mine = false;
    notify = notify + 1; // the CAS
    atomic {
        if
        :: !owned -> owned = true; owners = owners + 1; assert(owners == 1);
                     mine = true
        :: else -> skip
        fi
    }
    if
    :: mine -> collect(); give_up()
    :: else -> skip
    fi;
    done = done + 1
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
    done == PUSHERS + 1;
    assert(owners == 0 && !owned);
    assert(notify == 0 && collected == PUSHERS)
}
