#!/usr/bin/env python3
"""Allocations where recorders are not at ease, drained by a thread and by a
process."""
import os
import shutil
import subprocess

from case import HANG, Skip, await_that, built, case, cases_for, main
from recording import LIBRARY, Recording, program, whole

PLACES = ['clone', 'daemon', 'spawn', 'ends', 'small', 'handlers', 'callbacks']
PROCESSES = {'clone': 2, 'spawn': 2, 'daemon': 1}  # that say what they did
SIZES = {12007 + 16 * i for i in range(8)}


class UnderRecord(Recording):
    """The same under rpscope record."""

    def run(self, command, **options):
        environment = {'RPSCOPE_' + key.upper(): str(value)
                       for key, value in options.items()}
        done = subprocess.run(
            [built('rpscope'), 'record', '-o', self.file, '--', *command],
            cwd=self.folder, timeout=HANG, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, env={**os.environ, **environment})
        self.status, self.output = done.returncode, done.stdout
        self.complaints = done.stderr


DRAINERS = {'a thread': Recording, 'rpscope record': UnderRecord}


def said(recorded, count):
    """{process id: (blocks made, blocks freed)}, once all have spoken."""
    path = os.path.join(recorded.folder, 'said')

    def lines_of():
        if not os.path.exists(path):
            return []
        with open(path) as file:
            return file.read().splitlines()
    await_that(lambda: len(lines_of()) >= count, f'{count} have spoken')
    return {pid: counts for pid, *counts in
            ([int(word) for word in line.split()] for line in lines_of())}


def trace_of(recorded, process):
    """The trace of a process, which may still be coming to its end."""
    def found():
        return next((trace for trace in recorded.begun()
                     if trace.process_id == process and trace.trailer), None)
    return await_that(found, f'a whole trace of process {process}', 0.05)


def agree(trace, made, freed):
    model = whole(trace)
    allocated = [v for v in trace.named('ALLOC') if v[1] in SIZES]
    left = [size for size in model.live.values() if size in SIZES]
    inherited = sum(size in SIZES for size in model.past)
    assert len(allocated) == made, (len(allocated), made)
    assert len(left) == made - freed + inherited, (len(left), made, freed)


@cases_for([f'{place}, drained by {drainer}'
            for place in PLACES for drainer in DRAINERS])
def every_block_is_there(way):
    place, drainer = way.split(', drained by ')
    with DRAINERS[drainer](program('unusual'), place) as recorded:
        assert recorded.status == 0, recorded.complaints
        count = PROCESSES.get(place, 1)
        counts = said(recorded, count)
        assert len(counts) == count, counts
        for process, (made, freed) in counts.items():
            assert made > 50
            trace = trace_of(recorded, process)
            agree(trace, made, freed)
            # Of a fork that no handler has heard of, no trace can tell.
            assert ('fork' in trace.meta) == (place == 'daemon'), trace.meta


@cases_for([f'{way}, drained by {drainer}' for way in ('allocations', 'fork')
            for drainer in DRAINERS])
def nobody_waits_for_the_lock_of_the_loader(which):
    way, drainer = which.split(', drained by ')
    with DRAINERS[drainer](program('loader_lock'), way,
                           stacks='full,check:1') as recorded:
        assert recorded.status == 0 and 'done' in recorded.output, (
            recorded.output, recorded.complaints[-500:])
        whole(recorded.trace())


@cases_for(DRAINERS)
def threads_that_go_on_at_the_end_are_no_harm(drainer):
    # What they change, must not be counted meanwhile: one run in three died.
    for _ in range(6):
        with DRAINERS[drainer](program('goes_on')) as recorded:
            assert recorded.status == 0, (recorded.status, recorded.complaints)
            trace = recorded.trace()
            assert trace.trailer is not None and not trace.cut
            assert not trace.named('WALK_BEGIN')


# ---- valgrind ----

REPLACED = ('runs in a tool of valgrind that has a malloc of its own, so '
            'nothing of it is recorded; record it without valgrind, or in a '
            'tool that has none (--tool=none, callgrind).')


def in_valgrind(tool, drainer, *command):
    if not shutil.which('valgrind'):
        raise Skip('there is no valgrind')
    more = ['--callgrind-out-file=/dev/null'] if tool == 'callgrind' else []
    return DRAINERS[drainer]('valgrind', '-q', f'--tool={tool}', *more, *command)


@cases_for([f'{tool}, drained by {drainer}' for tool in ('none', 'callgrind')
            for drainer in DRAINERS])
def a_program_in_valgrind_is_recorded(way):
    tool, drainer = way.split(', drained by ')
    with in_valgrind(tool, drainer, program('crowd'), '2', '3') as recorded:
        assert recorded.status == 0, recorded.complaints[-1000:]
        assert recorded.output == 'done\n', recorded.output
        assert REPLACED not in recorded.complaints, recorded.complaints
        # Beside what starts valgrind, and ends in it.
        mine, = [trace for trace in recorded.begun()
                 if len(trace.named('THREAD_START')) == 3]
        whole(mine)


@cases_for([f'{tool}, drained by {drainer}' for tool in ('memcheck', 'massif')
            for drainer in DRAINERS])
def a_program_whose_malloc_valgrind_replaces_is_not_and_that_is_said(way):
    tool, drainer = way.split(', drained by ')
    with in_valgrind(tool, drainer, program('in_valgrind')) as recorded:
        assert recorded.status == 7, recorded.complaints[-1000:]
        assert recorded.output == '50 blocks\n', recorded.output
        name = os.path.realpath(program('in_valgrind'))
        said = recorded.complaints.splitlines()
        assert said[0] == f'rpscope: {name} {REPLACED}', said
        # And memcheck finds nothing in it, nor in us.
        assert all(line.startswith('rpscope: ') for line in said), said
        mine, = [trace for trace in recorded.begun()
                 if trace.meta.get('program') == name]
        assert mine.meta['unrecorded'] == REPLACED.removesuffix('.')
        assert not mine.named('ALLOC', 'CALLOC', 'ALIGNED', 'REALLOC')
        whole(mine)


main()
