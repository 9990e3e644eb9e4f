#!/usr/bin/env python3
"""Allocations where recorders are not at ease, in both homes of the drainer."""
import glob
import os
import subprocess
import time

from case import built, cases_for, main
from recording import Recording, Trace, program, whole

PLACES = ['clone', 'daemon', 'spawn', 'ends', 'small', 'handlers', 'callbacks']
PROCESSES = {'clone': 2, 'spawn': 2, 'daemon': 1}  # that say what they did
SIZES = {12007 + 16 * i for i in range(8)}


class Outside(Recording):
    """The same under rpscope record."""

    def run(self, command, **options):
        done = subprocess.run(
            [built('rpscope'), 'record', '-o', self.file, '--', *command],
            cwd=self.folder, timeout=60, capture_output=True, text=True,
            stdin=subprocess.DEVNULL)
        self.status, self.output = done.returncode, done.stdout
        self.complaints = done.stderr


HOMES = {'inside': Recording, 'outside': Outside}


def said(recorded, count):
    """{process id: (blocks made, blocks freed)}, once all have spoken."""
    path = os.path.join(recorded.folder, 'said')
    end = time.monotonic() + 20
    lines = []
    while len(lines) < count and time.monotonic() < end:
        time.sleep(0.02)
        if os.path.exists(path):
            with open(path) as file:
                lines = file.read().splitlines()
    return {pid: counts for pid, *counts in
            ([int(word) for word in line.split()] for line in lines)}


def trace_of(recorded, process):
    """The trace of a process, which may still be coming to its end."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for path in glob.glob(recorded.folder + '/*.rptrace'):
            # One that has just been made has no header yet.
            trace = Trace(path) if os.path.getsize(path) >= 48 else None
            if trace and trace.process_id == process and trace.trailer:
                return trace
        time.sleep(0.05)
    raise AssertionError(f'no whole trace of process {process}: '
                         f'{os.listdir(recorded.folder)}')


def agree(trace, made, freed):
    model = whole(trace)
    allocated = [v for v in trace.named('ALLOC') if v[1] in SIZES]
    left = [size for size in model.live.values() if size in SIZES]
    # What a child has inherited is told without a stack.
    inherited = sum(v[0] == 0 for v in allocated) if trace.parent_id else 0
    assert len(allocated) == made + inherited, (len(allocated), made)
    assert len(left) == made - freed + inherited, (len(left), made, freed)


@cases_for([f'{place}, drained {home}' for place in PLACES for home in HOMES])
def every_block_is_there(way):
    place, home = way.split(', drained ')
    with HOMES[home](program('unusual'), place) as recorded:
        assert recorded.status == 0, recorded.complaints
        count = PROCESSES.get(place, 1)
        counts = said(recorded, count)
        assert len(counts) == count, counts
        for process, (made, freed) in counts.items():
            assert made > 50
            agree(trace_of(recorded, process), made, freed)


main()
