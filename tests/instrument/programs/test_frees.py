#!/usr/bin/env python3
"""Who frees: the stacks of frees, when they are asked for."""
import collections
import json

from case import built, case, cases_for, main, output
from recording import Recording, program, whole
from second_reader import ALLOCS


def freed(trace):
    """Counter of (name, frames of the free) of frees with a stack, and how many
    frees there are, by the document."""
    told, next_, frees = [], {}, 0
    for _, ring, name, values in trace.events():
        if name == 'FREED_BY':
            assert ring not in next_
            next_[ring] = values[0]
        elif name in ('FREE', 'FREE_DEFERRED'):
            frees += 1
            if ring in next_:
                told.append((tuple(values), name,
                             trace.frames(next_.pop(ring))))
    assert not next_
    return told, frees


def rows(file):
    told = json.loads(output(built('rpscope'), 'query', 'freed_by', file, '--at', 'end',
                             '--format', 'json'))['rows']
    return {(row['function'], row['of_function']):
            (row['frees'], row['bytes'], row['deferred_frees'])
            for row in told}


@case
def each_free_has_the_stack_of_who_frees():
    with Recording(program('frees'), free_stacks='all') as recorded:
        trace = recorded.trace()
        whole(trace)
        told, frees = freed(trace)
        assert len(told) == frees > 300
        assert all(frames for _, _, frames in told)

        found = rows(recorded.file)
        assert found['closer', 'maker'] == (
            300, 298 * 1000 + 300000 + (64 << 20), 100), found
        assert found['mover', 'maker'] == (1, 1000, 0), found


@case
def one_in_so_many_has_one():
    with Recording(program('frees'), free_stacks='sample:10') as recorded:
        trace = recorded.trace()
        whole(trace)
        assert trace.meta['free_stack_every'] == '10'
        told, frees = freed(trace)
        # Of each of the two threads one less at the most.
        assert frees // 10 - 1 <= len(told) <= frees // 10, (len(told), frees)


@cases_for(({}, {'free_stacks': 'none'},
            {'free_stacks': 'all', 'stacks': 'none'}))
def none_has_where_none_is_to_have_one(options):
    with Recording(program('frees'), **options) as recorded:
        whole(recorded.trace())
        assert not recorded.trace().named('FREED_BY')
        assert rows(recorded.file) == {}


@case
def the_stacks_of_allocations_are_what_they_are_without():
    seen = []
    for options in {}, {'free_stacks': 'all'}:
        with Recording(program('frees'), **options) as recorded:
            trace = recorded.trace()
            seen.append(collections.Counter(
                (values[1], len(trace.frames(values[0])))
                for values in trace.named(*ALLOCS) if values[1] % 1000 == 0))
            assert int(trace.meta['stack_differences']) == 0
    assert seen[0] == seen[1]


@case
def a_sample_of_allocations_leaves_the_frees_alone():
    with Recording(program('frees'), stacks='sample:1M',
                   free_stacks='all') as recorded:
        told, frees = freed(recorded.trace())
        assert len(told) == frees


@case
def a_wrong_word_is_told():
    with Recording(program('frees'), free_stacks='sample:0') as recorded:
        assert 'RPSCOPE_FREE_STACKS is "sample:0"' in recorded.complaints
        assert recorded.status == 0


main()
