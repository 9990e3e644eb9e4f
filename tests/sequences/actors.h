// actors.h - threads that take turns, and now and then do not.
//
// Actor 0 is the caller; the others are threads, which begin with their first
// work. What actors do one after the other comes out alike each time.
#ifndef TESTS_SEQUENCES_ACTORS_H
#define TESTS_SEQUENCES_ACTORS_H

enum { ACTORS = 4 };

// Lets the actor do it while the caller goes on; waits first for what it had to
// do before. actor: not 0.
void actor_start(unsigned actor, void (*work)(void *context), void *context);
// Until it has done it.
void actor_wait(unsigned actor);
void actors_wait(void);
// Both of these. Any actor.
void actor_do(unsigned actor, void (*work)(void *context), void *context);
// The thread ends; the actor's next work makes another. actor: not 0.
void actor_end(unsigned actor);

#endif
