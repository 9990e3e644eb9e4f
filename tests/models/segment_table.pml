// segment_table.pml - slots, and groups of them that are added: segment_table.c,
// for every interleaving.
//
// THREADS threads take a slot each and give it back, ROUNDS times, the last one
// once; when all groups are full they add one: by CAS at the first free place of
// the directory, and then the count passes it. Shown: a slot has one owner, a
// directory entry below the count is there, and no group is lost.

#define THREADS 3
#define GROUPS 5
#define ROUNDS 2
#define NONE 255

bool taken[GROUPS]; // one slot a group
byte owners[GROUPS];
byte entry[GROUPS]; // 1: a group stands there; group 0 always does
byte count = 1;
byte made = 1;
byte done = 0;

proctype thread(byte rounds) {
    byte round, groups, g, mine, place;
    bool ours;
    round = 0;
    do
    :: round < rounds ->
        mine = NONE;
        do
        :: mine != NONE -> break
        :: else ->
            groups = count; // acquire
            g = 0;
            do
            :: g < groups && mine == NONE ->
                assert(entry[g] == 1);
                atomic { // the CAS on the word of the group
                    if
                    :: !taken[g] ->
                        taken[g] = true; owners[g] = owners[g] + 1;
                        assert(owners[g] == 1); mine = g
                    :: else -> skip
                    fi
                }
                g = g + 1
            :: else -> break
            od;
            if
            :: mine == NONE ->
                // adds a group
                place = count;
                made = made + 1;
                ours = false;
                do
                :: ours -> break
                :: else ->
                    assert(place < GROUPS);
#ifndef BROKEN
                    atomic { // the CAS on the entry
                        if
                        :: entry[place] == 0 -> entry[place] = 1; ours = true
                        :: else -> skip
                        fi
                    }
                    // whoever put it there
                    atomic {
                        if
                        :: count == place -> count = place + 1
                        :: else -> skip
                        fi
                    }
#else // the count first
                    atomic {
                        if
                        :: count == place -> count = place + 1
                        :: else -> skip
                        fi
                    }
                    atomic {
                        if
                        :: entry[place] == 0 -> entry[place] = 1; ours = true
                        :: else -> skip
                        fi
                    }
#endif
                    place = place + 1
                od
            :: else -> skip
            fi
        od;
        // gives it back: the AND
        atomic { owners[mine] = owners[mine] - 1; taken[mine] = false }
        round = round + 1
    :: else -> break
    od;
    done = done + 1
}

init {
    byte i = 0;
    atomic {
        entry[0] = 1;
        do
        :: i < THREADS -> run thread(ROUNDS - i / 2); i = i + 1
        :: else -> break
        od
    }
    done == THREADS;
    d_step {
        i = 0;
        do
        :: i < GROUPS ->
            assert(owners[i] == 0 && !taken[i]);
            assert((i < count) == (entry[i] == 1));
            i = i + 1
        :: else -> break
        od;
        assert(count == made)
    }
}
