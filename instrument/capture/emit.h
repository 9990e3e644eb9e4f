// emit.h - one event through a producer that the caller has taken.
#ifndef RP_INSTRUMENT_CAPTURE_EMIT_H
#define RP_INSTRUMENT_CAPTURE_EMIT_H

#include "instrument/capture/producer.h"
#include "instrument/os/clock.h"
#include "instrument/shm/record.h"

// Room, stamp, slots, publish. The stamp is taken when there is room, so that
// a wait does not stand between an event and its time.
// crosses: as rp_record_crosses has it, or false where more is known of the
// event. Always inline: type folds away, and with it the clock's choice.
__attribute__((always_inline)) static inline void rp_emit_all(
    struct rp_producer *producer, bool crosses, unsigned type, uint32_t a,
    uint32_t b, uint64_t c0, uint64_t c1, uint64_t c2) {
    const uint64_t c[4] = {c0, c1, c2, 0};

    if (!rp_producer_room(producer, rp_record_slots(type)))
        return;
    uint64_t ticks = crosses ? rp_clock_now_ordered() : rp_clock_now();
    rp_record_write(&producer->side, ticks, type, a, b, c);
}

__attribute__((always_inline)) static inline void rp_emit_more(
    struct rp_producer *producer, unsigned type, uint32_t a, uint32_t b,
    uint64_t c0, uint64_t c1, uint64_t c2) {
    rp_emit_all(producer, rp_record_crosses(type, a), type, a, b, c0, c1, c2);
}

__attribute__((always_inline)) static inline void rp_emit(
    struct rp_producer *producer, unsigned type, uint32_t a, uint32_t b) {
    rp_emit_more(producer, type, a, b, 0, 0, 0);
}

#endif
