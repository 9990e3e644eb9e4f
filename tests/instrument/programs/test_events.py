#!/usr/bin/env python3
"""Every event of the format is told by some program that does what it is for."""
import collections
import functools

from case import case, main
from recording import Model, Recording, program, whole
from second_reader import schema

# What it takes to have them beside `events`: each with some that only it has.
RUNS = (
    (('shots', 'pause'), {'record': 'paused'}),          # SNAPSHOT..., PAUSE
    (('resident', 'asks'), {'residency': '1s'}),         # RESIDENCY, PAGES
    (('frees',), {'free_stacks': 'all'}),                # FREED_BY
    (('tags',), {}),                                     # TAG, HEAP_NAME
    (('misuse', 'past', '24', '0'),                      # FINDING
     {'check': 'guards', 'on_error': 'continue'}),
    (('crowd', '8', '5000'), {'loss': 'drop', 'buffer': '4K'}),  # LOST
    (('offspring', 'fork'), {}),                         # FORK, INHERITED
)


@functools.cache
def all_that_it_does():
    with Recording(program('events')) as recorded:
        return recorded.trace()


def traces():
    yield 'events', all_that_it_does()
    for (name, *arguments), options in RUNS:
        with Recording(program(name), *arguments, **options) as recorded:
            for trace in recorded.begun():
                yield name, trace


@case
def every_code_is_told():
    seen = collections.Counter()
    for _, trace in traces():
        seen.update(name for _, _, name, _ in trace.events())

    every = {name for name, _ in schema()[1].values()}
    assert every == set(seen), (every - set(seen), set(seen) - every)


def of(trace, name, *fields):
    """The values of these fields of all events of that name."""
    columns = next(c for n, c in schema()[1].values() if n == name)
    return {tuple(values[i] for i in fields) if len(fields) > 1
            else values[fields[0]]
            for values in trace.named(name)}, columns


@case
def each_call_and_each_state_is_told_as_what_it_is():
    trace = all_that_it_does()
    whole(trace)
    sizes = {name: of(trace, name, 1)[0] for name in
             ('ALLOC', 'CALLOC', 'ALIGNED', 'REALLOC', 'RESIZE')}
    assert {1001, 300007, (64 << 20) + 8} <= sizes['ALLOC']
    assert 1002 in sizes['CALLOC'] and 5004 in sizes['REALLOC']
    assert 1005 in sizes['RESIZE']
    assert (1003, 256) in of(trace, 'ALIGNED', 1, 4)[0]
    classes, columns = of(trace, 'SPAN_ACQUIRE', 3)
    assert columns[3] == 'CLASS' and 255 in classes and len(classes) > 3
    assert any(values[1] > 1 for values in trace.named('SPAN_ACQUIRE'))
    assert of(trace, 'SPAN_STATE', 1)[0] == {0, 1, 2}
    # From the segment, the global and the thread cache, and back to each.
    assert of(trace, 'SPAN_ACQUIRE', 4)[0] == {0, 1, 2}
    assert of(trace, 'SPAN_RELEASE', 3)[0] == {1, 2}
    assert of(trace, 'SPAN_TRANSFER', 3, 4)[0] == {(2, 1), (1, 0)}
    names = {trace.texts[text] for _, text in trace.named('THREAD_NAME')}
    starts = {trace.texts[text] for _, text in trace.named('THREAD_START')}
    assert 'events' in starts and names <= {'events', 'other name'}, (
        starts, names)


@case
def what_the_events_of_one_story_say_agrees():
    trace = all_that_it_does()
    model = Model(trace)
    pushed = sum(count for _, count in trace.named('DEFERRED_PUSH'))
    freed = len(trace.named('FREE_DEFERRED'))
    taken = sum(count for _, _, count in trace.named('DEFERRED_COLLECT'))
    assert freed == pushed >= taken > 0, (freed, pushed, taken)
    assert taken == freed - sum(model.deferred.values())
    gone = sum(size for _, _, size in trace.named('SPAN_DECOMMIT'))
    back = sum(size for _, _, size in trace.named('SPAN_COMMIT'))
    assert gone >= back > 0
    begun, ended = trace.named('THREAD_START'), trace.named('THREAD_END')
    assert len(begun) >= 4 and len(ended) >= 3
    made, adopted, left = (len(trace.named('HEAP_' + word))
                           for word in ('CREATE', 'ADOPT', 'ORPHAN'))
    assert made >= 2 and adopted >= 2 and left >= 3, (made, adopted, left)
    assert len(trace.named('HEAP_RESET')) == 1
    loaded = [number for number, in trace.named('MODULE_LOAD')]
    unloaded = [number for number, in trace.named('MODULE_UNLOAD')]
    assert [n for n in unloaded
            if n in loaded and 'libresolv' in trace.modules[n][4]]


main()
