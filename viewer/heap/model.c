// model.c - the recorded heap at one time: what is kept, and its sums.
#include "viewer/heap/model.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/heap/parts.h"

enum {
    DEFAULT_SPANS_PER_SEGMENT = 64,
    DEFAULT_SPAN_BYTES = 65536,
    DEFAULT_HEADER_BYTES = 128,
    MAX_SPANS_PER_SEGMENT = 1 << 16,
    MAX_SPAN_BYTES = 1 << 26,
};

static uint32_t fact_between(const struct trace_tables *tables, const char *key,
                             uint32_t otherwise, uint32_t most) {
    uint64_t number = trace_fact_number(tables, key, otherwise);
    return number >= 1 && number <= most ? (uint32_t)number : otherwise;
}

void model_start(struct model *model, const struct trace_tables *tables,
                 uint64_t first, uint64_t last) {
    memset(model, 0, sizeof *model);
    model->tables = tables;
    model->span_bytes =
        fact_between(tables, "span_bytes", DEFAULT_SPAN_BYTES, MAX_SPAN_BYTES);
    model->header_bytes = fact_between(tables, "span_header_bytes",
                                       DEFAULT_HEADER_BYTES, model->span_bytes);
    spans_start(&model->spans,
                fact_between(tables, "spans_per_segment",
                             DEFAULT_SPANS_PER_SEGMENT, MAX_SPANS_PER_SEGMENT));
    model->start = first;
    model->point_limit = TRACE_MAX_POINTS;
    model->point_steps = (last - first) / TRACE_MAX_POINTS + 1;
    model->point_end = model->point_steps;
    model->points = memory_get(model->point_limit * sizeof *model->points);
    model->stack_of_node =
        memory_zeroed(TABLES_NODE_CHUNKS, sizeof *model->stack_of_node);
    model_stack_of(model, 0);
}

void model_free(struct model *model) {
    spans_free(&model->spans);
    for (size_t i = 0; model->stack_of_node && i < TABLES_NODE_CHUNKS; i++)
        free(model->stack_of_node[i]);
    free(model->stack_of_node);
    free(model->stacks);
    free(model->rings);
    free(model->ring_index);
    free(model->heaps);
    free(model->points);
    free(model->marks);
    free(model->findings);
    memset(model, 0, sizeof *model);
}

static uint32_t *ring_slot(const struct model *model, uint32_t number) {
    size_t mask = model->ring_index_size - 1;
    size_t at = (number * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (model->ring_index[at] &&
           model->rings[model->ring_index[at] - 1].number != number)
        at = (at + 1) & mask;
    return &model->ring_index[at];
}

struct model_ring *model_add_ring(struct model *model, uint32_t number) {
    if (model->ring_count * 2 >= model->ring_index_size) {
        free(model->ring_index);
        model->ring_index_size =
            model->ring_index_size ? model->ring_index_size * 2 : 64;
        model->ring_index =
            memory_zeroed(model->ring_index_size, sizeof *model->ring_index);
        for (size_t i = 0; i < model->ring_count; i++)
            if (!model->rings[i].ended)
                *ring_slot(model, model->rings[i].number) = (uint32_t)i + 1;
    }
    model->rings = memory_grow(model->rings, model->ring_count,
                               &model->ring_capacity, sizeof *model->rings);
    struct model_ring *ring = &model->rings[model->ring_count++];
    *ring = (struct model_ring){.number = number,
                                .name = UINT64_MAX,
                                .first_time = model->time,
                                .last_span = UINT32_MAX};
    *ring_slot(model, number) = (uint32_t)model->ring_count;
    return ring;
}

struct model_ring *model_ring(struct model *model, uint32_t number) {
    if (model->ring_index_size > 0) {
        uint32_t index = *ring_slot(model, number);
        if (index)
            return &model->rings[index - 1];
    }
    return model_add_ring(model, number);
}

uint32_t model_stack_of(struct model *model, uint64_t node) {
    if (node >= (uint64_t)TABLES_NODE_CHUNK * TABLES_NODE_CHUNKS)
        node = 0; // no such stack
    uint32_t **chunk = &model->stack_of_node[node / TABLES_NODE_CHUNK];
    if (!*chunk)
        *chunk = memory_zeroed(TABLES_NODE_CHUNK, sizeof **chunk);
    uint32_t *index = &(*chunk)[node % TABLES_NODE_CHUNK];
    if (!*index) {
        model->stacks =
            memory_grow(model->stacks, model->stack_count,
                        &model->stack_capacity, sizeof *model->stacks);
        model->stacks[model->stack_count] =
            (struct model_stack){.node = (uint32_t)node};
        *index = (uint32_t)++model->stack_count;
    }
    return *index - 1;
}

void model_contradiction(struct model *model, enum model_contradiction kind,
                         uint32_t stack, const struct trace_event *event) {
    model->unresolved++;
    for (size_t i = 0; i < model->finding_count; i++)
        if (model->findings[i].kind == kind &&
            model->findings[i].stack == stack) {
            model->findings[i].count++;
            return;
        }
    if (model->finding_count == MODEL_MAX_FINDINGS)
        return;
    model->findings =
        memory_grow(model->findings, model->finding_count,
                    &model->finding_capacity, sizeof *model->findings);
    model->findings[model->finding_count++] = (struct model_finding){
        .kind = kind,
        .stack = stack,
        .thread = (uint32_t)(model_ring(model, event->ring) - model->rings),
        .time = event->time > model->start ? event->time - model->start : 0,
        .count = 1};
}

bool model_impossible(struct model *model, const struct trace_event *event) {
    model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
    return true;
}

void model_account(struct model *model, const struct span *span, int sign) {
    int64_t parts[PARTS];
    parts_of_span(span, model->header_bytes, parts);
    for (int i = 0; i < PARTS; i++)
        if (parts[i] != 0)
            model_add(model, &model->parts[i], sign * parts[i]);
}

void model_moment(const struct model *model, struct moment *moment) {
    moment->time_ns = 0;
    moment->event = model->events;
    moment->held_bytes = (uint64_t)model->held.value;
    moment->live_blocks = model->live_blocks;
    int64_t sum = 0;
    for (int i = 0; i < PARTS; i++) {
        int64_t value = model->parts[i].value;
        moment->part_bytes[i] = value > 0 ? (uint64_t)value : 0;
        sum += value;
    }
    moment->residual_bytes = model->held.value - sum;
}

uint64_t model_ns(const struct model *model, uint64_t steps) {
    return trace_clock_ns(model->tables, model->start + steps);
}
