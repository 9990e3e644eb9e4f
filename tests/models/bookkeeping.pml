// bookkeeping.pml - pieces of regions that are never freed: bookkeeping.c, for
// every interleaving.
//
// THREADS threads take PIECES pieces each, the last one a single piece, from
// regions of ROOM pieces; who finds the newest one full maps another and tries
// to put it in front. Shown: no piece has two owners, a region that lost the
// race is in nobody's hands, and every region that was kept is reached from the
// newest.

#define THREADS 3
#define PIECES 2
#define ROOM 2
#define EACH 4 // regions that a thread may map; what it maps is its own at first
#define REGIONS 12
#define NONE 255

byte newest = NONE;
byte used[REGIONS];
byte older[REGIONS];
byte kept[REGIONS];
byte owners[REGIONS * ROOM];
byte done = 0;

proctype thread(byte more; byte end; byte pieces) {
    byte piece, seen, at;
    piece = 0;
    do
    :: piece < pieces ->
        seen = newest; // acquire
        at = ROOM;
        if
        :: seen != NONE ->
#ifndef BROKEN
            atomic { at = used[seen]; used[seen] = used[seen] + 1 } // the add
#else // a load and a store
            at = used[seen];
            used[seen] = at + 1
#endif
        :: else -> skip
        fi;
        if
        :: at < ROOM ->
            atomic {
                owners[seen * ROOM + at] = owners[seen * ROOM + at] + 1;
                assert(owners[seen * ROOM + at] == 1)
            }
            piece = piece + 1
        :: else ->
            assert(more < end);
            // the CAS, of a region that nobody else sees before; who loses
            // unmaps its own
            atomic {
                older[more] = seen;
                if
                :: newest == seen -> newest = more; kept[more] = 1
                :: else -> assert(used[more] == 0)
                fi;
                more = more + 1
            }
        fi
    :: else -> break
    od;
    done = done + 1
}

init {
    byte i = 0;
    atomic {
        do
        :: i < THREADS -> run thread(i * EACH, (i + 1) * EACH, PIECES - i / 2);
            i = i + 1
        :: else -> break
        od
    }
    done == THREADS;
    d_step {
        i = newest;
        do
        :: i != NONE -> assert(kept[i] == 1); kept[i] = 2; i = older[i]
        :: else -> break
        od;
        i = 0;
        do
        :: i < REGIONS -> assert(kept[i] != 1); i = i + 1
        :: else -> break
        od
    }
}
