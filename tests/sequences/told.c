// told.c - truth_...: what the hooks told, rebuilt, is what there is.
#include "tests/core/model.h"
#include "tests/sequences/live.h"
#include "tests/sequences/sequence.h"

#include <string.h>

static void expect_truth(void) {
    if (load_relaxed(&model.mistakes) != 0) // relaxed: nobody else is there
        live_fail(load_relaxed(&model.first_mistake));
}

void truth_begin(void) {
    memset((void *)&model, 0, sizeof model);
}

void truth_look(void) {
    model_matches_walk();
    expect_truth();
}

// Blocks and deferred ones may have gone with finalize.
void truth_end(void) {
    LIVE_EXPECT(load_relaxed(&model.held) == 0, // relaxed: as above
                "the hooks told of memory that was not given back");
}
