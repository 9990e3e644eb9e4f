// recorder.c - where the state lies, and the word that tells core of it.
#include "instrument/capture/recorder.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "core/hook.h"
#include "instrument/os/system.h"

struct rp_hearing rp_hearing;

static _Atomic(struct rp_recorder *) the_recorder;

struct rp_recorder *rp_recorder_get(void) {
    // acquire [recorder]: its fields
    struct rp_recorder *recorder = load_acquire(&the_recorder);
    if (RP_LIKELY(recorder != NULL))
        return recorder;

    struct rp_recorder *made = rp_system_map(sizeof *made, RP_MAP_WIPED);
    if (made == NULL)
        return NULL;
    // acq_rel [recorder]: either mine is seen by all, or I see the other one
    if (cas_strong_acq_rel(&the_recorder, &recorder, made))
        return made;
    rp_system_unmap(made, sizeof *made);
    return recorder;
}

void rp_recorder_prepare_end(struct rp_recorder *recorder) {
    recorder->can_be_deaf = rp_system_wipe(&rp_hearing, sizeof rp_hearing);
}

void rp_recorder_listen_no_more(void) {
    // relaxed, both: see hook.h
    store_relaxed(&rp_hearing.records_nothing, true);
    if (!rp_is_checked())
        store_relaxed(&rp_hearing.is_deaf, true);
}

void rp_recorder_be_deaf(const struct rp_recorder *recorder) {
    if (recorder->can_be_deaf)
        rp_recorder_listen_no_more();
}
