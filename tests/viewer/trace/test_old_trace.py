#!/usr/bin/env python3
"""Traces of older formats are read as ever: version-2.rptrace was recorded
before names, tags and all else that came with version 3, version-3.rptrace
before heap bugs were events, version-4.rptrace when a forked child told each
block that it had inherited."""
import json
import os
import struct
import sys

from case import REPORT, TOP, case, main, output

sys.path.insert(0, os.path.join(TOP, 'tests/instrument/format'))
from second_reader import Model, Trace  # noqa: E402

OLD = os.path.join(TOP, 'tests/viewer/trace/version-2.rptrace')
OLD_CHILD = os.path.join(TOP, 'tests/viewer/trace/version-4.rptrace')
OLD_BUG = os.path.join(TOP, 'tests/viewer/trace/version-3.rptrace')


@case
def it_is_of_version_2():
    with open(OLD, 'rb') as file:
        assert struct.unpack('<8sI', file.read(12)) == (b'RPTRACE\0', 2)


@case
def the_report_says_what_it_said_then():
    told = json.loads(output(*REPORT, '--json', '--at', 'end', OLD))

    assert {key: told[key] for key in (
        'events', 'lost_events', 'used_bytes', 'held_bytes', 'peak_used_bytes',
        'peak_held_bytes', 'residual_bytes', 'live_blocks', 'allocations',
        'frees', 'deferred_frees')} == {
            'events': 88696, 'lost_events': 0, 'used_bytes': 3002592,
            'held_bytes': 3751936, 'peak_used_bytes': 268435488,
            'peak_held_bytes': 269029376, 'residual_bytes': 0,
            'live_blocks': 6002, 'allocations': 32040, 'frees': 26038,
            'deferred_frees': 2000}, told


@case
def the_second_reader_finds_nothing_wrong():
    model = Model(Trace(OLD))

    assert not model.faults and model.walked, model.faults[:5]
    assert len(model.live) == 6002


@case
def a_heap_bug_of_version_3_is_a_finding_still():
    with open(OLD_BUG, 'rb') as file:
        assert struct.unpack('<8sI', file.read(12)) == (b'RPTRACE\0', 3)
    told = json.loads(output(*REPORT, '--json', OLD_BUG))

    bug, = [finding for finding in told['findings']
            if finding['kind'] == 'heap bug']
    assert bug['text'] == 'write past the end of a block of 1001 bytes', bug
    assert bug['details'] is None, bug
    model = Model(Trace(OLD_BUG))
    assert not model.faults and model.walked, model.faults[:5]


@case
def a_forked_child_of_version_4_has_the_blocks_that_it_tells_one_by_one():
    with open(OLD_CHILD, 'rb') as file:
        assert struct.unpack('<8sI', file.read(12)) == (b'RPTRACE\0', 4)
    told = json.loads(output(*REPORT, '--json', '--at', 'end', OLD_CHILD))

    assert {key: told[key] for key in (
        'events', 'used_bytes', 'held_bytes', 'residual_bytes', 'live_blocks',
        'allocations', 'frees')} == {
            'events': 2636, 'used_bytes': 350336, 'held_bytes': 1048576,
            'residual_bytes': 0, 'live_blocks': 2572, 'allocations': 2573,
            'frees': 1}, told
    model = Model(Trace(OLD_CHILD))
    assert not model.faults and model.walked, model.faults[:5]
    assert len(model.live) == 2572


main()
