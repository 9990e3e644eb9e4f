// page_map.pml - where headers stand apart: page_map.c and header.c, for every
// interleaving.
//
// THREADS threads have an address each, all in one leaf, of which neither node
// nor header is there at first. Twice each takes nodes that may be needed, from
// the spares or anew, puts its header at its address, tells somebody else of a
// block there, who looks for the header to free it, and then lets the header be
// left behind. Shown: who was told finds exactly that header, whoever makes the
// nodes meanwhile; a node is put into one place, all zeroes; nobody has a node
// that is a spare; and the header stays with its address.

#define THREADS 2
#define ROUNDS 2
#define NODES 10
#define NONE 0 // as a node, and as an entry

// An entry: a header, left behind or standing.
#define LEFT(t) (2 * (t) + 2)
#define STANDS(t) (2 * (t) + 3)

byte memory[NODES * THREADS]; // entries of the nodes; of node 0, the root
byte placed[NODES];
byte spare[2] = { 1, 2 };
byte made = 3;
byte told[THREADS];

#define ENTRY(node, i) memory[(node) * THREADS + (i)]

// The node to take from the spares; else a new one.
inline prepare(i, node) {
    atomic { node = spare[i]; spare[i] = NONE } // the exchange
    if
    :: node == NONE -> atomic { node = made; made = made + 1 }
    :: else -> skip
    fi;
    assert(node < NODES)
}

inline give_back(i, node) {
    atomic { // the CAS
        if
        :: node != NONE && spare[i] == NONE -> spare[i] = node
        :: else -> skip
        fi
    }
}

inline put(parent, node) {
    assert(placed[node] == 0);
    placed[node] = 1;
    assert(ENTRY(node, 0) == NONE && ENTRY(node, 1) == NONE);
    ENTRY(parent, 0) = node
}

// The node that stands at the first entry of a parent, made of `node` when
// there is none.
inline node_at(parent, node, result) {
    result = ENTRY(parent, 0); // acquire
    if
    :: result == NONE ->
#ifndef BROKEN
        atomic { // the CAS
            if
            :: ENTRY(parent, 0) == NONE ->
                put(parent, node); result = node; node = NONE
            :: else -> result = ENTRY(parent, 0)
            fi
        }
#else // a store after the look
        atomic { put(parent, node); result = node; node = NONE }
#endif
    :: else -> skip
    fi
}

proctype owner(byte t) {
    byte first, second, middle, leaf, round;
    round = 0;
    do
    :: round < ROUNDS ->
        prepare(0, first);
        prepare(1, second);
        node_at(0, first, middle);
        node_at(middle, second, leaf);
        // What was left there before is what stands there now.
        assert(ENTRY(leaf, t) == (round == 0 -> NONE : LEFT(t)));
        ENTRY(leaf, t) = STANDS(t);
        give_back(0, first);
        give_back(1, second);
        told[t] = 1; // a block, by whatever way the program has
        told[t] == 0;
        ENTRY(leaf, t) = LEFT(t); // release: clear
        round = round + 1
    :: else -> break
    od
}

// Frees a block of each address, as soon as it is told of it.
proctype other(byte t) {
    byte middle, leaf, round;
    round = 0;
    do
    :: round < ROUNDS ->
        told[t] == 1;
        middle = ENTRY(0, 0);
        assert(middle != NONE);
        leaf = ENTRY(middle, 0);
        assert(leaf != NONE);
        assert(ENTRY(leaf, t) == STANDS(t));
        told[t] = 0;
        round = round + 1
    :: else -> break
    od
}

init {
    atomic {
        run owner(0);
        run owner(1);
        run other(0);
        run other(1)
    }
}
