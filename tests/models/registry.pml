// registry.pml - who has a heap, and the stack of idle ones: registry.c, for
// every interleaving.
//
// Two heaps are idle at first. THREADS threads take a heap and give it back, the
// first one twice: the one they had before when it is idle, or the top of the
// stack, or a new one. The stack's
// head carries a tag. Shown: a heap has one owner; a heap that nobody has is in
// the stack exactly once when all is quiet; a stale entry harms nobody.

#define THREADS 3
#define HEAPS 5
#define NONE 255

#define OWNED 1
#define LISTED 2

byte state[HEAPS];
byte next_of[HEAPS];
byte head = NONE;
byte tag = 0;
byte heaps = 0;
byte owners[HEAPS];
byte entries[HEAPS]; // how often it stands in the stack
byte done = 0;

inline own(h) { atomic { owners[h] = owners[h] + 1; assert(owners[h] == 1) } }

proctype thread(byte rounds) {
    byte round, mine, seen, seen_tag, next, old;
    bool won;
    byte last = NONE;
    round = 0;
    do
    :: round < rounds ->
        mine = NONE;
        // the ticket
        if
        :: last != NONE ->
            atomic {
                if
                :: state[last] == LISTED ->
                    state[last] = OWNED | LISTED; mine = last
                :: else -> skip
                fi
            }
        :: true -> skip // a new thread, which has none
        fi;
        // the stack
        do
        :: mine != NONE -> break
        :: mine == NONE ->
            atomic { seen = head; seen_tag = tag }
            if
            :: seen == NONE -> break
            :: else -> skip
            fi;
            next = next_of[seen];
            atomic {
                if
#ifndef BROKEN
                :: head == seen && tag == seen_tag ->
#else // without the tag
                :: head == seen ->
#endif
                    head = next; tag = tag + 1;
                    entries[seen] = entries[seen] - 1; won = true
                :: else -> won = false
                fi
            }
            if
            :: won ->
                // CAS until it holds: LISTED off, and ours if it was idle
                atomic {
                    assert((state[seen] & LISTED) != 0);
                    old = state[seen];
                    state[seen] = OWNED
                }
                if
                :: (old & OWNED) == 0 -> mine = seen
                :: else -> skip
                fi
            :: else -> skip
            fi
        od;
        // a new one
        if
        :: mine == NONE ->
            atomic { mine = heaps; heaps = heaps + 1; assert(heaps <= HEAPS);
                     state[mine] = OWNED }
        :: else -> skip
        fi;
        own(mine);
        last = mine;
        // gives it back
        owners[mine] = owners[mine] - 1;
        atomic { old = state[mine]; state[mine] = LISTED }
        assert((old & OWNED) != 0);
        if
        :: (old & LISTED) == 0 ->
            do
            :: atomic { seen = head; seen_tag = tag }
                next_of[mine] = seen;
                atomic {
                    if
                    :: head == seen && tag == seen_tag ->
                        head = mine; entries[mine] = entries[mine] + 1;
                        won = true
                    :: else -> won = false
                    fi
                }
                if
                :: won -> break
                :: else -> skip
                fi
            od
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
        head = 0; next_of[0] = 1; next_of[1] = NONE; heaps = 2;
        state[0] = LISTED; state[1] = LISTED; entries[0] = 1; entries[1] = 1;
        do
        :: i < THREADS -> run thread((i == 0 -> 2 : 1)); i = i + 1
        :: else -> break
        od
    }
    done == THREADS;
    d_step {
        // along the stack: each heap once
        i = head;
        do
        :: i != NONE ->
            assert(entries[i] == 1);
            entries[i] = 2;
            i = next_of[i]
        :: else -> break
        od;
        i = 0;
        do
        :: i < heaps ->
            assert(owners[i] == 0);
            assert(state[i] == LISTED);
            assert(entries[i] == 2);
            i = i + 1
        :: else -> break
        od
    }
}
