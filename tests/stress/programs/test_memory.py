#!/usr/bin/env python3
"""The recorder's memory has a bound: 16 threads, full stacks. Counted is what
the program takes more than without it, what the drainer takes, and the file of
the rings, once. RPSCOPE_EVENTS: how many events."""
import os
import re
import subprocess
import tempfile
import time

from case import built, case, main

EVENTS = int(float(os.environ.get('RPSCOPE_EVENTS', '1e7')))
THREADS, MOST = 16, 256 << 20
DEEP = [built('tests/stress/programs/deep'), str(THREADS),
        str(EVENTS // THREADS // 2)]


def own(process):
    """Bytes of memory that only this process has."""
    try:
        with open(f'/proc/{process}/status') as file:
            return int(re.search(r'RssAnon:\s+(\d+)', file.read())[1]) << 10
    except (OSError, TypeError):
        return 0


def child(process, name):
    try:
        with open(f'/proc/{process}/task/{process}/children') as file:
            for one in file.read().split():
                with open(f'/proc/{one}/comm') as comm:
                    if comm.read().strip() == name:
                        return int(one)
    except OSError:
        pass
    return None


def file_bytes(folder):
    return sum(os.stat(os.path.join(folder, name)).st_blocks * 512
               for name in os.listdir(folder) if name.startswith('.rings'))


@case
def sixteen_threads_with_full_stacks_take_less_than_256_mib():
    alone = subprocess.Popen(
        DEEP, stdout=subprocess.DEVNULL, env={
            **os.environ,
            'LD_PRELOAD': built('release', 'librpscope-malloc.so')})
    without = 0
    while alone.poll() is None:
        without = max(without, own(alone.pid))
        time.sleep(0.02)
    most = (0,)
    with tempfile.TemporaryDirectory(prefix='rpscope-test-') as folder, \
            tempfile.TemporaryDirectory(prefix='rpscope-test-',
                                        dir='/dev/shm') as rings:
        recorder = subprocess.Popen(
            [built('rpscope'), 'record', '-o', folder + '/deep.rptrace', '--',
             *DEEP], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, env={**os.environ, 'RPSCOPE_RINGS': rings})
        while recorder.poll() is None:
            drainer = child(recorder.pid, 'rpscope-drainer')
            program = child(recorder.pid, 'deep')
            parts = (max(0, own(program) - without), own(drainer),
                     file_bytes(rings) if os.path.isdir(rings) else 0)
            most = max(most, (sum(parts), *parts))
            time.sleep(0.02)
        said = recorder.stderr.read()
    mib = [f'{part / (1 << 20):.1f}' for part in most]
    print(f'# {said.splitlines()[0]}')
    print(f'# {mib[0]} MiB: {mib[1]} more in the program, {mib[2]} the '
          f'drainer, {mib[3]} the rings', flush=True)
    assert 'none lost' in said, said
    assert 0 < most[0] <= MOST, mib


main()
