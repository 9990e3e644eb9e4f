// choices.c - see choices.h.
#include "tests/models/weak/choices.h"

#include <stdio.h>
#include <stdlib.h>

enum { CHOICES = 4096 };

struct choice {
    bool is_thread;
    unsigned taken, count; // of a thread: its number; unused
    uint32_t ready, done;  // of a thread: the set; those taken before
    uint32_t asleep;
};

static struct choice choices[CHOICES];
static unsigned made, known; // known: that are as in the last execution

static struct choice *next(void) {
    if (made == CHOICES) {
        fprintf(stderr, "weak: more than %d choices: a loop?\n", CHOICES);
        abort();
    }
    return &choices[made++];
}

unsigned weak_choose(unsigned count) {
    if (count == 1)
        return 0;
    bool is_new = made == known;
    struct choice *choice = next();
    if (is_new) {
        *choice = (struct choice){.count = count};
        known = made;
    }
    return choice->taken;
}

int weak_choose_thread(uint32_t ready, uint32_t *asleep) {
    if ((ready & ~*asleep) == 0)
        return -1;
    bool is_new = made == known;
    struct choice *choice = next();
    if (is_new) {
        *choice =
            (struct choice){.is_thread = true,
                            .ready = ready,
                            .asleep = *asleep,
                            .taken = (unsigned)__builtin_ctz(ready & ~*asleep)};
        known = made;
    }
    *asleep = choice->asleep | choice->done;
    return (int)choice->taken;
}

void weak_choices_begin(void) {
    made = known = 0;
}

static bool advance(struct choice *choice) {
    if (!choice->is_thread)
        return ++choice->taken < choice->count;
    choice->done |= UINT32_C(1) << choice->taken;
    uint32_t left = choice->ready & ~choice->asleep & ~choice->done;
    if (left != 0)
        choice->taken = (unsigned)__builtin_ctz(left);
    return left != 0;
}

bool weak_choices_next(void) {
    known = made;
    while (known > 0 && !advance(&choices[known - 1]))
        known--;
    made = 0;
    return known > 0;
}

unsigned weak_choices_made(void) {
    return made;
}
