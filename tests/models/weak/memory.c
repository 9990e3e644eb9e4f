// memory.c - see memory.h.
#include "tests/models/weak/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/models/weak/choices.h"
#include "tests/models/weak/races.h"

enum { OBJECTS = 64, VALUES = 48 };

// How far along each object's values: their number, by when they were stored.
struct view {
    uint8_t at[OBJECTS];
};

struct value {
    uint64_t bits;
    struct view view;        // for who acquires it
    struct weak_clock clock; // as well
    bool is_taken;           // by a read-modify-write, which stands behind it
};

struct object {
    const char *address;
    unsigned bytes, count;
    struct value values[VALUES];
    uint8_t order[VALUES], place[VALUES]; // place[order[i]] == i
};

static struct object objects[OBJECTS];
static unsigned object_count;
static struct view views[WEAK_ALL];

void weak_memory_begin(void) {
    object_count = 0;
    memset(views, 0, sizeof views);
    weak_races_begin();
}

static uint64_t read_bits(const void *address, unsigned bytes) {
    uint64_t bits = 0;
    memcpy(&bits, address, bytes); // little endian
    return bits;
}

static struct object *object_of(const void *address, unsigned bytes) {
    for (unsigned i = 0; i < object_count; i++) {
        struct object *object = &objects[i];
        if (object->address == address && object->bytes == bytes)
            return object;
    }
    if (object_count == OBJECTS) {
        fprintf(stderr, "weak: more than %d atomic objects\n", OBJECTS);
        abort();
    }
    struct object *object = &objects[object_count++];
    object->address = address;
    object->bytes = bytes;
    object->count = 1;
    object->order[0] = object->place[0] = 0;
    // What was written plainly is there for all; who is not behind it, races.
    object->values[0] = (struct value){.bits = read_bits(address, bytes)};
    return object;
}

void weak_memory_forget(const void *address, unsigned bytes) {
    const char *from = address;
    for (unsigned i = 0; i < object_count; i++) {
        struct object *object = &objects[i];
        if (object->address && object->address < from + bytes &&
            from < object->address + object->bytes)
            object->address = NULL;
    }
}

// ---- views ----

static uint8_t *view_at(struct view *view, const struct object *object) {
    return &view->at[object - objects];
}

static void view_join(struct view *view, const struct view *other) {
    for (unsigned i = 0; i < object_count; i++) {
        const uint8_t *place = objects[i].place;
        if (place[view->at[i]] < place[other->at[i]])
            view->at[i] = other->at[i];
    }
}

void weak_memory_join(unsigned thread, unsigned other) {
    view_join(&views[thread], &views[other]);
    weak_clock_join(weak_clock_of(thread), weak_clock_of(other));
    weak_clock_step(other);
}

// The first place that the thread may look at.
static unsigned first_place(unsigned thread, const struct object *object) {
    return object->place[*view_at(&views[thread], object)];
}

static void see(unsigned thread, struct object *object, unsigned number,
                unsigned order) {
    *view_at(&views[thread], object) = (uint8_t)number;
    if ((order & WEAK_ACQUIRE) == 0)
        return;
    view_join(&views[thread], &object->values[number].view);
    weak_clock_join(weak_clock_of(thread), &object->values[number].clock);
}

// ---- stores ----

// Puts a new value at a place; returns its number.
static unsigned insert(struct object *object, unsigned place, uint64_t bits) {
    unsigned number = object->count++;
    if (object->count == VALUES) {
        fprintf(stderr, "weak: more than %d stores: a loop?\n", VALUES);
        abort();
    }
    memmove(&object->order[place + 1], &object->order[place], number - place);
    object->order[place] = (uint8_t)number;
    for (unsigned i = place; i < object->count; i++)
        object->place[object->order[i]] = (uint8_t)i;
    object->values[number] = (struct value){.bits = bits};
    // For who looks at it plainly.
    uint64_t last = object->values[object->order[object->count - 1]].bits;
    memcpy((char *)object->address, &last, object->bytes);
    return number;
}

// What the value brings to who acquires it, besides what it has already.
static void publish(unsigned thread, struct object *object, unsigned number,
                    unsigned order) {
    struct value *value = &object->values[number];
    *view_at(&views[thread], object) = (uint8_t)number;
    *view_at(&value->view, object) = (uint8_t)number;
    if ((order & WEAK_RELEASE) != 0) {
        view_join(&value->view, &views[thread]);
        weak_clock_join(&value->clock, weak_clock_of(thread));
    }
    weak_clock_step(thread);
}

// ---- operations ----

uint64_t weak_load(unsigned thread, const void *address, unsigned bytes,
                   unsigned order) {
    struct object *object = object_of(address, bytes);
    weak_access(thread, address, bytes, WEAK_ATOMIC_READ);
    unsigned first = first_place(thread, object);
    // The newest first: so a failure is short to tell.
    unsigned place = object->count - 1 - weak_choose(object->count - first);
    unsigned number = object->order[place];
    see(thread, object, number, order);
    return object->values[number].bits;
}

void weak_store(unsigned thread, void *address, unsigned bytes, uint64_t value,
                unsigned order) {
    struct object *object = object_of(address, bytes);
    weak_access(thread, address, bytes, WEAK_ATOMIC_WRITE);
    unsigned places[VALUES], count = 0;
    for (unsigned i = object->count; i-- > first_place(thread, object);)
        if (!object->values[object->order[i]].is_taken)
            places[count++] = i + 1;
    unsigned number = insert(object, places[weak_choose(count)], value);
    publish(thread, object, number, order);
}

// Takes the value at a place, and puts another one right behind it.
static uint64_t replace(unsigned thread, struct object *object, unsigned place,
                        uint64_t value, unsigned order) {
    unsigned taken = object->order[place];
    see(thread, object, taken, order);
    weak_access(thread, object->address, object->bytes, WEAK_ATOMIC_WRITE);
    unsigned number = insert(object, place + 1, value);
    object->values[taken].is_taken = true;
    object->values[number].view = object->values[taken].view;
    object->values[number].clock = object->values[taken].clock;
    publish(thread, object, number, order);
    return object->values[taken].bits;
}

// The places whose value nobody has taken, the newest first.
static unsigned find_free(unsigned thread, const struct object *object,
                          unsigned places[VALUES]) {
    unsigned count = 0;
    for (unsigned i = object->count; i-- > first_place(thread, object);)
        if (!object->values[object->order[i]].is_taken)
            places[count++] = i;
    return count;
}

uint64_t weak_update(unsigned thread, void *address, unsigned bytes,
                     uint64_t (*change)(uint64_t old, uint64_t operand),
                     uint64_t operand, unsigned order) {
    struct object *object = object_of(address, bytes);
    unsigned places[VALUES];
    unsigned count = find_free(thread, object, places);
    unsigned place = places[weak_choose(count)];
    uint64_t old = object->values[object->order[place]].bits;
    uint64_t mask = UINT64_MAX >> (64 - 8 * bytes);
    return replace(thread, object, place, change(old, operand) & mask, order);
}

bool weak_exchange_if(unsigned thread, void *address, unsigned bytes,
                      uint64_t *expected, uint64_t value, unsigned order,
                      unsigned failure_order) {
    struct object *object = object_of(address, bytes);
    unsigned places[VALUES], count = 0;
    weak_access(thread, address, bytes, WEAK_ATOMIC_READ);
    // What equals is exchanged, which cannot be if it has been taken before.
    for (unsigned i = object->count; i-- > first_place(thread, object);) {
        const struct value *at = &object->values[object->order[i]];
        if (at->bits != *expected || !at->is_taken)
            places[count++] = i;
    }
    unsigned place = places[weak_choose(count)];
    unsigned number = object->order[place];
    if (object->values[number].bits != *expected) {
        *expected = object->values[number].bits;
        see(thread, object, number, failure_order);
        return false;
    }
    replace(thread, object, place, value, order);
    return true;
}
