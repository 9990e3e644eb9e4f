// choices.h - goes through a tree of choices, depth first, without keeping it.
//
// One execution after the other asks the same questions in the same order, up
// to the last choice that still has an alternative; there it takes the next.
#ifndef WEAK_CHOICES_H
#define WEAK_CHOICES_H

#include <stdbool.h>
#include <stdint.h>

// Which of `count` (1 or more) to take.
unsigned weak_choose(unsigned count);

// Which thread to run: one of the set `ready` of which no other order would do
// the same. *asleep: of these it is known; afterwards, of those as well that
// were run here before. -1: of all of them.
int weak_choose_thread(uint32_t ready, uint32_t *asleep);

void weak_choices_begin(void);
// After an execution: whether there is another.
bool weak_choices_next(void);
// How many choices the present execution has made.
unsigned weak_choices_made(void);

#endif
