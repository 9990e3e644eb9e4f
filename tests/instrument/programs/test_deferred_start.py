#!/usr/bin/env python3
"""A recording that starts late has all that is in use, as it is."""
import os
import re
import struct
import subprocess
import tempfile

from case import HANG, REPORT, TOP, built, case, main, small_disk
from recording import Model, Recording, program, whole


def ours(trace, model, told):
    """The program's own count and the trace's agree, and stacks are known."""
    blocks, size = map(int, told.split())
    left = [wanted for wanted in model.live.values() if wanted % 16 == 7]
    # A few blocks of the C library may have such a size, too.
    assert 0 <= len(left) - blocks <= 9, (len(left), blocks)
    assert 0 <= sum(left) - size <= 9 * 2048, (sum(left), size)
    made = [v for name in ('ALLOC', 'CALLOC', 'ALIGNED', 'REALLOC')
            for v in trace.named(name) if v[1] % 16 == 7]
    assert all(v[0] != 0 for v in made)


def exact(path):
    """The reader of rpscope finds nothing wrong with it either."""
    report = subprocess.run([*REPORT, path], timeout=HANG,
                            capture_output=True, text=True)
    assert report.returncode == 0 and report.stderr == '', report.stderr


@case
def started_by_the_program_while_its_threads_are_at_work():
    for ring in '4K', '1M':
        with Recording(program('deferred_start'), record='paused',
                       buffer=ring) as recorded:
            trace = recorded.trace()
            ours(trace, whole(trace), recorded.output)
            exact(recorded.file)


@case
def only_the_last_moments_are_kept_and_they_are_exact():
    for buffer, last in ('64K', '1s'), ('1M', '10ms'), ('1M', '1m'):
        with Recording(program('deferred_start'), 'unasked', last=last,
                       buffer=buffer) as recorded:
            trace = recorded.trace()
            ours(trace, whole(trace), recorded.output)
            exact(recorded.file)


@case
def a_time_that_was_asked_for_is_kept_however_much_happens_in_it():
    blocks = 120000
    with Recording(program('full_table'), '1', str(blocks // 1000),
                   last='1m') as recorded:
        trace = recorded.trace()
        whole(trace)
        assert len(trace.named('ALLOC')) >= blocks
        exact(recorded.file)


def slots(trace):
    """Of 16 bytes, that the events after the state took in their rings."""
    two = ('ALLOC CALLOC ALIGNED REALLOC RESIZE SPAN_ACQUIRE SPAN_RELEASE '
           'SPAN_TRANSFER DEFERRED_COLLECT SPAN_DECOMMIT SPAN_COMMIT HUGE_MAP '
           'BOOKKEEPING_MAP BOOKKEEPING_UNMAP THREAD_START').split()
    three = 'SEGMENT_MAP', 'WALK_CLASS'
    state = [time for time, _, name, _ in trace.events() if name == 'SNAPSHOT']
    return sum(3 if name in three else 2 if name in two else 1
               for time, ring, name, _ in trace.events()
               if time != state[0] and ring != 0)


@case
def a_time_takes_at_most_an_eighth_of_what_is_free():
    with small_disk('72m') as folder:
        with Recording(program('full_table'), '1', '200', last='1m',
                       rings=folder) as recorded:
            trace = recorded.trace()
            whole(trace)
            # A ring of 8 MiB. Those of the end come on top: one look of the
            # drainer at most.
            kept = slots(trace) * 16
            assert 3 << 20 <= kept <= (3 << 20) + (2 << 20), kept


@case
def the_readme_says_what_is_kept_in_the_largest_ring():
    with open(os.path.join(TOP, 'instrument/README.md')) as file:
        millions, = re.findall(
            r'up to 1G each.* Three eighths of a ring are kept at least: of '
            r'the largest, (\d+) million allocations and their frees',
            file.read())
    # An allocation takes two slots, its free one: see above.
    assert int(millions) == (1 << 30) // 8 * 3 // (16 * 3) // 10**6


@case
def the_last_events_that_fit_are_kept_and_they_are_exact():
    # Those of the end come on top: one look of the drainer at most.
    for size, low, high in (('64K', 64 << 10, 2 << 20),
                            ('256K', 256 << 10, 2 << 20), ('64M', 0, 64 << 20)):
        with Recording(program('deferred_start'), 'unasked',
                       last=size) as recorded:
            trace = recorded.trace()
            ours(trace, whole(trace), recorded.output)
            exact(recorded.file)
            kept = slots(trace) * 16
            assert low * 0.9 <= kept <= high, (size, kept)
            everything = trace.named('SNAPSHOT')[0][1] == 0
            assert everything == (size == '64M')


class Flight(Recording):
    """As Recording, but under rpscope record."""

    def run(self, command, *options):
        done = subprocess.run(
            [built('rpscope'), 'record', '-o', self.file, *options, '--',
             *command], cwd=self.folder, timeout=HANG, capture_output=True)
        self.status = done.returncode


@case
def a_crash_ends_the_last_moments():
    with Recording.__new__(Flight) as flight:
        flight.folder = tempfile.mkdtemp(prefix='rpscope-test-')
        flight.file = os.path.join(flight.folder, 'run.rptrace')
        flight.run([program('counted'), 'counts', 'abort', '100000'],
                   '--last', '50ms')
        assert flight.status == 134, flight.status
        trace = flight.trace()
        model = Model(trace)
        assert not model.faults, model.faults[:5]
        made = len(trace.named('ALLOC')) + len(trace.named('CALLOC'))
        with open(os.path.join(flight.folder, 'counts'), 'rb') as file:
            of_all = sum(mallocs for mallocs, _ in
                         struct.iter_unpack('=QQ', file.read()))
        assert of_all > 100000 and 100 < made < of_all, (made, of_all)
        exact(flight.file)


@case
def stopped_by_the_program_it_is_whole_up_to_there():
    for options in {}, {'last': '1s'}:
        with Recording(program('deferred_start'), 'stop',
                       **options) as recorded:
            assert recorded.status == 0 and not recorded.complaints
            trace = recorded.trace()
            model = Model(trace)
            assert not trace.cut and not model.faults, model.faults[:5]
            assert not model.walked and model.live
            assert trace.trailer['events'] > 1000
            exact(recorded.file)


@case
def never_started_it_is_a_whole_trace_without_events():
    with Recording(program('quiet'), record='paused') as recorded:
        assert recorded.status == 3
        trace = recorded.trace()
        assert not trace.cut and trace.trailer['events'] == 0
        assert not list(trace.events())
        exact(recorded.file)


@case
def killed_before_the_start_nothing_is_added_and_nothing_is_left():
    with Recording(program('counted'), 'counts', 'abort', '2000',
                   record='paused') as recorded:
        report = subprocess.run([*REPORT, recorded.file],
                                timeout=HANG, capture_output=True, text=True)
        assert re.search('without its end|killed|did not end|recovered',
                         report.stderr + report.stdout), report
        trace = recorded.trace()
        assert trace.trailer['events'] == 0 and not list(trace.events())
        assert sorted(os.listdir(recorded.folder)) == ['counts', 'run.rptrace']


@case
def a_program_that_is_not_recorded_can_ask_in_vain():
    with Recording(program('deferred_start'), record='off') as recorded:
        assert recorded.status == 0 and not recorded.complaints
        assert os.listdir(recorded.folder) == []


main()
