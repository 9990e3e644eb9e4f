#!/usr/bin/env python3
"""Tags, names of heaps, and frames: told by the program, as the trace has
them."""
import collections
import json
import os

from case import TOP, built, case, in_folder, main, output
from recording import Recording, program, whole
from second_reader import ALLOCS


def tags_of_blocks(trace):
    """{tag or None: Counter of the sizes of live blocks}, by the document."""
    rings, live = collections.Counter(), {}
    for _, ring, name, values in trace.events():
        if name == 'TAG':
            rings[ring] = values[0]
        elif name == 'SNAPSHOT' and values[1] > 0:
            rings.clear()
            live.clear()
        elif name in ALLOCS:
            live[values[2], values[3]] = values[1], rings[ring]
        elif name == 'RESIZE':
            live[values[2], values[3]] = values[1], live[
                values[2], values[3]][1]
        elif name in ('FREE', 'FREE_DEFERRED'):
            live.pop((values[0], values[1]), None)
    tags = collections.defaultdict(collections.Counter)
    for size, tag in live.values():
        tags[trace.texts.get(tag)][size] += 1
    return tags


def own(sizes):
    """Without those of the C library, which are multiples of 16."""
    return {size: count for size, count in sizes.items() if size % 16}


def query(table, file):
    rows = json.loads(output(built('rpscope'), 'query', table, file,
                             '--format', 'json', '--top', '100000'))
    return rows['rows'] if isinstance(rows, dict) else rows


def same_as_the_viewer(trace, file):
    ours = tags_of_blocks(trace)
    theirs = {row['tag']: row for row in query('tags', file)}
    assert set(theirs) | {None} == set(ours) | {None}, (theirs, ours)
    for tag, sizes in ours.items():
        assert theirs[tag]['live_blocks'] == sum(sizes.values()), (tag, sizes)
        assert theirs[tag]['live_bytes'] == sum(
            size * count for size, count in sizes.items()), (tag, sizes)
    return ours, theirs


def layout(tags):
    """Of the blocks of Layout one was resized, and one is in a heap."""
    assert own(tags['Layout']) == {1001: 4, 1007: 1, 4001: 1}, tags['Layout']
    assert tags['Text'] == {300001: 2, 2001: 2}
    assert tags['Audio'][3001] == 5
    assert {size: n for size, n in tags[None].items()
            if size == 501} == {501: 6}, tags[None]


@case
def a_block_has_the_tag_that_it_was_allocated_under():
    with Recording(program('tags')) as recorded:
        trace = recorded.trace()
        whole(trace)
        layout(tags_of_blocks(trace))
        _, theirs = same_as_the_viewer(trace, recorded.file)

        assert theirs['Layout']['allocations'] >= 6
        assert theirs['Text']['most_bytes'] == 2 * 300001 + 2 * 2001


@case
def a_push_and_a_pop_are_one_event_each():
    with Recording(program('tags')) as recorded:
        told = [(recorded.trace().texts.get(tag), count)
                for tag, count in recorded.trace().named('TAG')]

        assert sorted(told, key=str) == sorted([
            ('Layout', 1), ('Text', 2), ('Layout', 1), ('Audio', 1), (None, 0),
            (None, 0)], key=str), told


@case
def a_pop_without_a_push_is_told():
    with Recording(program('tags')) as recorded:
        assert recorded.trace().meta['tag_pops_refused'] == '1'
        text = output(built('rpscope'), 'report', recorded.file)
        assert '1 tag was popped that no push' in ' '.join(text.split()), text


@case
def a_late_start_tells_the_tags_of_what_is_there():
    for how in 'late', 'again':
        with Recording(program('tags'), how, record='paused') as recorded:
            trace = recorded.trace()
            whole(trace)
            tags, _ = same_as_the_viewer(trace, recorded.file)
            unseen = tags.pop('Unseen', None)
            layout(tags)
            assert unseen == ({5001: 2} if how == 'again' else None)


@case
def a_forked_child_goes_on_with_the_tag():
    with Recording(program('tags'), 'fork') as recorded:
        child = next(trace for trace in recorded.begun()
                     if 'forked_from' in trace.meta)
        tags = tags_of_blocks(child)

        assert own(tags['Layout']) == {6001: 2}, tags['Layout']
        assert tags[None][7001] == 2


@case
def a_call_site_has_the_tag_of_its_blocks():
    with Recording(program('tags')) as recorded:
        tags = {row['function']: row['tag']
                for row in query('sites', recorded.file)}

        # All of it is allocated by make, under several; in main, under one.
        assert tags['make'] == 'several', tags
        assert tags['main'] is None or 'main' in tags


@case
def a_heap_has_the_name_that_the_program_gave_it():
    for settings in {}, {'record': 'paused'}:
        with Recording(program('tags'), *(['late'] if settings else []),
                       **settings) as recorded:
            trace = recorded.trace()
            (heap, text), = trace.named('HEAP_NAME')
            assert trace.texts[text] == 'strings'

            names = {row['number']: row['name']
                     for row in query('heaps', recorded.file)}
            assert names[heap] == 'strings', names
            assert list(names.values()).count(None) == len(names) - 1


@case
def marks_of_one_name_in_a_row_are_frames():
    with Recording(program('tags')) as recorded:
        (frames,) = query('frames', recorded.file)

        assert (frames['name'], frames['frames']) == ('frame', 4)
        assert frames['mean_allocations'] == 7 // 4
        assert frames['growth_bytes'] == 3 * 501
        assert (frames['worst'], frames['worst_bytes']) == (
            3, 10002 + 3 * 501)
        assert frames['worst_allocations'] == 4
        assert frames['first_ns'] <= frames['worst_at_ns'] < frames['last_ns']


@in_folder
def without_the_macro_they_leave_no_instruction(folder):
    calls = """
        #include "core/rpmalloc.h"
        void *work(struct rpmalloc_heap *heap) {
            %s
            void *block = rpmalloc_heap_alloc(heap, 10);
            %s
            return block;
        }"""
    made = []
    for before, after in (('rpmalloc_tag_push("a"); rpmalloc_heap_name(heap, "b");',
                           'rpmalloc_tag_pop();'), ('', '')):
        with open(f'{folder}/work.c', 'w') as file:
            file.write(calls % (before, after))
        output('cc', '-O2', '-Wall', '-Wextra', '-Werror', '-I', TOP, '-c',
               '-o', f'{folder}/work.o', f'{folder}/work.c')
        made.append(output('objdump', '-dr', f'{folder}/work.o'))

    assert made[0] == made[1], made


@case
def nothing_of_it_in_release():
    with Recording(program('tags'), variant='release') as recorded:
        assert recorded.status == 0 and not os.path.exists(recorded.file)


main()
