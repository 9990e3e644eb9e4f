// encode_short.c - see encode_short.h.
#include "instrument/write/encode_short.h"

__attribute__((cold, noinline)) void rp_encoder_put_long(
    struct rp_encoder *encoder, enum trace_column column, uint64_t value) {
    encoder->ends[column] = rp_put_varint(encoder->ends[column], value);
}

__attribute__((noinline)) void rp_encoder_tell_block(struct rp_encoder *encoder,
                                                     uint64_t span,
                                                     uint64_t block) {
    struct trace_predictor *p = &encoder->predictor;

    put_difference(encoder, TRACE_COLUMN_FREE_SPAN, span,
                   trace_expected_told_span(p));
    put_difference(encoder, TRACE_COLUMN_FREE_BLOCK, block,
                   trace_expected_told_block(p, span));
    trace_learn_told(p, span, block);
}

// A time that was not foretold is put into the middle of what is allowed, and
// rounded, so that the next ones can be foretold and differences repeat.
__attribute__((noinline)) void rp_encoder_put_time(struct rp_encoder *encoder,
                                                   uint64_t time) {
    enum { ROUND = RP_TIME_LIBERTY / 2 };
    uint64_t last = encoder->predictor.time / 16, near = last;
    uint64_t least = time > RP_TIME_LIBERTY ? time - RP_TIME_LIBERTY : 0;

    if (least < encoder->earliest / 16)
        least = encoder->earliest / 16;
    if (least < time && encoder->events > 1) {
        uint64_t middle = least + (time - least) / 2;
        if (middle > last)
            near += (middle - last + ROUND / 2) / ROUND * ROUND;
        if (near >= least && near <= time)
            time = near;
    }
    put_time(encoder, time);
}
