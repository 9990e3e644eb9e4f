#!/usr/bin/env python3
"""Nothing that a program has written into what it shares with us is believed."""
import glob
import os
import shutil
import struct
import subprocess
import tempfile
import time

from case import HANG, await_that, case, main
from recording import LIBRARY, Trace, program
from trust import (RPSCOPE, WELL_KNOWN, Left, environment, offset_of, report,
                   rings_of, rpscope, wait_for, write_at)

HEAD = 64  # of a ring: where its head stands


# ---- a wild word ----

WAITS = '''
import os, sys, time
x = [bytearray(5000) for i in range(500)]
open("ready", "w").close()
while not os.path.exists("go"):
    time.sleep(0.01)
y = [bytearray(7777) for i in range(500)]
'''


def spoil_registration(field, value):
    """Records a program that waits while a word of the file where it has
    registered becomes another; it must make no difference."""
    at = offset_of(field, 'rp_registration', 'registration')
    with tempfile.TemporaryDirectory() as place:
        recorder = subprocess.Popen(
            [RPSCOPE, 'record', '-o', place + '/a.rptrace', '--follow', 'none',
             '--', 'python3', '-c', WAITS], cwd=place, text=True,
            env=environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        await_that(lambda: os.path.exists(place + '/ready'), 'it is ready')
        write_at(f'{WELL_KNOWN}/.desk.{recorder.pid}', at,
                 struct.pack('<I', value))
        time.sleep(0.5)  # what the drainer would do by then, it has done
        open(place + '/go', 'w').close()
        told = recorder.communicate(timeout=HANG)[0]
        assert recorder.returncode == 0, told
        assert len(glob.glob(place + '/*.rptrace')) == 1, told
        trace = Trace(place + '/a.rptrace')
        assert trace.trailer['lost_events'] == 0
        assert trace.trailer['exit_kind'] == 1, trace.trailer
        sizes = [values[1] for values in trace.named('ALLOC', 'REALLOC')]
        assert sum(7777 <= size < 7800 for size in sizes) >= 500, (
            told, [s for s in sizes if s > 7700][:20])


@case
def a_spoilt_registration_ends_no_recording():
    spoil_registration('root_ended', 1)


@case
def a_spoilt_registration_begins_no_second_trace_of_the_same_rings():
    spoil_registration('slots[0].state', 2)  # announced, once more


@case
def a_spoilt_registration_sends_no_drainer_home():
    spoil_registration('opener', 0)


def ring_offsets(data):
    """Where rings may be: pages whose number, capacity and room make sense."""
    for at in range(4096, len(data) - 256, 4096):
        number, _, _, capacity, room = struct.unpack_from('<IIQII', data, at)
        if (0 < number < 1000 and capacity and not capacity & (capacity - 1)
                and room >= capacity and not room & (room - 1) and
                room <= 1 << 26):
            yield at


def allocated(path):
    return os.stat(path).st_blocks


def make_head_wild(path):
    with open(path, 'r+b') as file:
        data = file.read(4 << 20)
        found = list(ring_offsets(data))
        for at in found:
            file.seek(at + HEAD)
            file.write(struct.pack('<Q', 1 << 60))
    return len(found)


@case
def a_wild_head_cuts_off_its_ring_and_the_others_go_on():
    with tempfile.TemporaryDirectory() as place:
        # One that stands still: what it publishes later would set it right.
        held = ('x = [bytearray(900) for i in range(5000)]\n'
                'open("ready", "w").close()\nopen("go").read()\n')
        rings = place + '/rings'
        for name in 'go', 'next':
            os.mkfifo(f'{place}/{name}')
        os.mkdir(rings, 0o700)
        recorder = subprocess.Popen(
            [RPSCOPE, 'record', '-o', place + '/a.rptrace', '--', 'sh', '-c',
             f"python3 -c '{held}' & read x < next; {program('quiet')}; wait"],
            cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env=environment(RPSCOPE_RINGS=rings))
        await_that(lambda: os.path.exists(place + '/ready'), 'it is ready')
        largest = max(glob.glob(rings + '/.rings.*'), key=allocated)
        assert make_head_wild(largest) > 0
        told = next((line for line in recorder.stderr if 'spoilt' in line), '')
        for name in 'next', 'go':
            open(f'{place}/{name}', 'w').close()
        told += recorder.communicate(timeout=HANG)[1]
        traces = glob.glob(place + '/**/*.rptrace', recursive=True)
        assert sum(map(os.path.getsize, traces)) < 64 << 20, traces
        assert 'spoilt the buffers of' in told, told
        codes = [report(trace).returncode for trace in traces]
        assert codes.count(4) == 1 and codes.count(0) >= 1, (codes, told)


class Unread(Left):
    """The same, killed when there is something in its rings."""

    def start(self, *arguments):
        unread = []
        for _ in range(100):
            super().start(*arguments)
            spoil_unread(self.rings, lambda file, at, ring: unread.append(
                ring['head'] - ring['tail'] > 10))
            if all(unread):
                return
            os.remove(self.rings)
            os.remove(self.file)
            unread.clear()
        raise AssertionError('its drainer is always up with it')


def spoil_unread(rings, spoil):
    """Lets spoil(file, offset, ring) change each ring of what was killed."""
    with open(rings, 'r+b') as file:
        data = file.read(4 << 20)
        for at in ring_offsets(data):
            capacity, = struct.unpack_from('<I', data, at + 16)
            head, = struct.unpack_from('<Q', data, at + HEAD)
            mark, = struct.unpack_from('<I', data, at + 204)
            tail, = struct.unpack_from('<Q', data, at + 208 + 16 * (mark & 1))
            spoil(file, at, {'capacity': capacity, 'head': head, 'tail': tail})


def last_time(trace):
    return max(time for ring, events in trace.rings.items() if ring != 0
               for _, time, _ in events)


@case
def a_wild_time_moves_no_other_event():
    with Unread() as left:
        def spoil(file, at, ring):
            file.seek(at + 256 + 16 * (ring['tail'] % ring['capacity']))
            file.write(struct.pack('<Q', 1 << 62))
        spoil_unread(left.rings, spoil)
        before = last_time(left.so_far())
        told = report(left.file)
        assert 'added' in told.stderr and told.returncode == 0, told
        trace = left.trace()
        assert trace.meta['numbers_refused'] == '1', trace.meta
        assert trace.trailer['lost_events'] == 0
        assert last_time(trace) < before + (1 << 40), last_time(trace)


@case
def wild_counts_are_not_told():
    with Left() as left:
        def spoil(file, at, ring):
            file.seek(at + HEAD + 8)
            file.write(struct.pack('<Q', 1 << 62))  # lost
            file.seek(at + 240)
            file.write(struct.pack('<Q', 1 << 61))  # told of them
        spoil_unread(left.rings, spoil)
        report(left.file)
        trailer = left.trace().trailer
        assert trailer['lost_events'] < 1 << 20, trailer


# ---- ctl ----

class Asked:
    """A program that is being recorded, for rpscope ctl."""

    def __init__(self, name='a.rptrace'):
        self.folder = tempfile.mkdtemp(prefix='rpscope-test-')
        self.file = os.path.join(self.folder, name)

    def __enter__(self):
        self.child = subprocess.Popen(
            [program('endless')], stdout=subprocess.DEVNULL,
            env=environment(LD_PRELOAD=LIBRARY['instrumented'],
                            RPSCOPE_FILE=self.file))
        wait_for(self.file)
        self.rings, = rings_of(self.child.pid)
        return self

    def ctl(self, *words):
        return rpscope('ctl', str(self.child.pid), *words)

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        for path in rings_of(self.child.pid):
            os.remove(path)
        shutil.rmtree(self.folder)


@case
def ctl_shows_no_control_characters():
    with Asked('a\x1b[31mb.rptrace') as asked:
        done = asked.ctl('status')
        assert done.returncode == 0 and '\x1b' not in done.stdout, done
        assert '[31mb.rptrace' in done.stdout, done


@case
def ctl_opens_nothing_that_makes_it_wait():
    with Asked() as asked:
        fifo = asked.folder + '/fifo'
        os.mkfifo(fifo)
        write_at(asked.rings, offset_of('trace'), fifo.encode() + b'\0')
        assert asked.ctl('status').returncode == 2


@case
def ctl_writes_into_no_rings_that_others_made():
    with Asked() as asked:
        os.chmod(asked.rings, 0o666)
        assert asked.ctl('status').returncode == 2
        os.chmod(asked.rings, 0o600)
        assert asked.ctl('status').returncode == 0


main()
