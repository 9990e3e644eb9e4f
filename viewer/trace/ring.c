// ring.c - one ring of a trace, a thread's stream of events: its blocks in the
// order of their sequence numbers, unpacked one at a time.
#include "viewer/trace/ring.h"

enum { SMALL_EVENTS = 1024 }; // as batch no larger than a decoder

// A decoder with room for the lives of the block.
static void reserve(struct ring_source *source, struct trace_decoder **decoder,
                    const struct trace_block_header *header,
                    const struct bytes *payload) {
    struct pool *pool = source->file->pool;
    size_t lives = trace_decode_lives(*payload, header);
    if (!*decoder)
        *decoder = pool_zeroed(pool, 1, sizeof **decoder);
    if (lives <= (*decoder)->life_capacity)
        return;
    (*decoder)->lives =
        pool_resize(pool, (*decoder)->lives, lives, sizeof *(*decoder)->lives);
    (*decoder)->life_capacity = lives;
}

static void free_decoder(struct pool *pool, struct trace_decoder *decoder) {
    if (decoder)
        pool_give(pool, decoder->lives);
    pool_give(pool, decoder);
}

void ring_pack(struct ring_source *source, struct ring *ring) {
    trace_buffer_free(source->file, &ring->buffer);
    free_decoder(source->file->pool, ring->decoder);
    pool_give(source->file->pool, ring->batch);
    ring->decoder = NULL;
    ring->batch = NULL;
    ring->before = ring->at = ring->count = 0;
    ring->unpacked = false;
}

void ring_free(struct ring_source *source, struct ring *ring) {
    ring_pack(source, ring);
    pool_give(source->file->pool, ring->blocks);
}

void ring_source_free(struct ring_source *source) {
    trace_buffer_free(source->file, &source->buffer);
    free_decoder(source->file->pool, source->decoder);
}

// Decodes up to `room` events into the batch. False when there are none.
static bool decode(struct ring_source *source, struct ring *ring,
                   struct trace_decoder *decoder, size_t room) {
    bool bad = false;
    ring->before += ring->count;
    ring->at = 0;
    ring->count = trace_decode_next(decoder, ring->batch, room, &bad);
    if (bad) {
        size_t index = ring->blocks[ring->next_block - 1];
        trace_file_damage(source->file, index,
                          "holds an event that is not known or not whole");
        source->missing_events += decoder->left;
        decoder->left = 0;
    }
    return ring->count > 0;
}

bool ring_refill(struct ring_source *source, struct ring *ring) {
    return ring->decoder && decode(source, ring, ring->decoder, RING_BATCH);
}

// Loads the block and decodes its first events. False when it has none.
static bool unpack(struct ring_source *source, struct ring *ring,
                   size_t index) {
    struct trace_file *file = source->file;
    const struct trace_block_header *header = &file->blocks[index].header;
    bool small = header->event_count <= SMALL_EVENTS;
    struct trace_decoder **decoder = small ? &source->decoder : &ring->decoder;
    size_t room = small ? header->event_count : (size_t)RING_BATCH;
    struct bytes payload;

    ring_pack(source, ring);
    if (!trace_file_load(file, index, small ? &source->buffer : &ring->buffer,
                         &payload))
        return false;
    reserve(source, decoder, header, &payload);
    if (!trace_decode_start(*decoder, payload, header)) {
        trace_file_damage(file, index, "has columns that do not fit together");
        return false;
    }
    ring->batch = pool_get(file->pool, room * sizeof *ring->batch);
    ring->unpacked = true;
    decode(source, ring, *decoder, room);
    return true;
}

bool ring_next_block(struct ring_source *source, struct ring *ring) {
    while (ring->next_block < ring->block_count) {
        size_t index = ring->blocks[ring->next_block++];
        const struct trace_block_header *header =
            &source->file->blocks[index].header;
        uint64_t end = header->first_sequence + header->event_count;

        source->loaded_bytes += header->stored_bytes;
        if (end < header->first_sequence || end <= ring->next_sequence)
            continue; // written twice
        if (header->first_sequence > ring->next_sequence)
            source->missing_events +=
                header->first_sequence - ring->next_sequence;
        uint64_t again = ring->next_sequence > header->first_sequence
                             ? ring->next_sequence - header->first_sequence
                             : 0;
        ring->next_sequence = end;
        if (!unpack(source, ring, index)) {
            source->missing_events += header->event_count - again;
            continue;
        }
        while (ring->count > 0) {
            if (again < ring->count) {
                ring->at = again;
                return true;
            }
            again -= ring->count;
            if (!ring_refill(source, ring))
                break;
        }
    }
    return false;
}

void ring_set_key(struct ring *ring) {
    ring->key = ring->batch[ring->at].time;
    if (ring->key < ring->time)
        ring->key = ring->time;
}

struct ring_position ring_position(const struct ring *ring) {
    return (struct ring_position){.next_block = ring->next_block,
                                  .before = ring->before,
                                  .at = ring->at,
                                  .next_sequence = ring->next_sequence,
                                  .time = ring->time,
                                  .key = ring->key,
                                  .unpacked = ring->unpacked};
}

void ring_return(struct ring_source *source, struct ring *ring,
                 const struct ring_position *position) {
    ring->next_block = position->next_block;
    ring->next_sequence = position->next_sequence;
    ring->time = ring->time_before = position->time;
    ring->key = position->key;
    if (!position->unpacked)
        return;
    // The block was read before: what can be wrong with it has been said.
    unpack(source, ring, ring->blocks[position->next_block - 1]);
    while (ring->before < position->before && ring_refill(source, ring))
        continue;
    ring->at = position->at;
    if (ring->at >= ring->count) // not what it was
        ring_pack(source, ring);
}
