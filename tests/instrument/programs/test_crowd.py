#!/usr/bin/env python3
"""Many threads: each costs the same, however many there are."""
import os
import re
import subprocess
import tempfile

from case import HANG, case, cases_for, in_folder, main, needs_strace
from recording import LIBRARY, Recording, program, whole


@cases_for([1, 2000])
def each_thread_of_a_crowd_is_recorded(threads):
    with Recording(program('crowd'), str(threads), '10') as recorded:
        assert (recorded.status, recorded.output) == (0, 'done\n')
        assert recorded.complaints == '', recorded.complaints
        trace = recorded.trace()
        whole(trace)
        sizes = {values[1] for values in trace.named('ALLOC')}
        assert set(range(5000, 5000 + threads)) <= sizes
        assert len(trace.named('THREAD_START')) >= 1 + threads


def questions(threads):
    """How often the recorder asks whether a thread lives."""
    with tempfile.TemporaryDirectory() as folder:
        calls = folder + '/calls'
        subprocess.run(
            ['strace', '-f', '-qq', '-e', 'trace=tgkill', '-o', calls, 'env',
             'LD_PRELOAD=' + LIBRARY['instrumented'],
             f'RPSCOPE_FILE={folder}/a.rptrace', program('crowd'),
             str(threads), '4'], check=True, timeout=HANG, capture_output=True)
        with open(calls) as file:
            return len(re.findall(r'^\d+ +tgkill\(.*, 0\b', file.read(), re.M))


@case
def a_new_thread_asks_about_a_few_others_only():
    needs_strace()
    few, many = questions(50), questions(200)
    assert 0 < few <= 50 * 4, few
    assert many <= 200 * 4, many


def faults(threads, folder, variant, **options):
    """How many pages are touched first by a program of so many threads."""
    environment = {**os.environ, 'LD_PRELOAD': LIBRARY[variant],
                   'RPSCOPE_FILE': f'{folder}/{variant}.{threads}.rptrace',
                   'RPSCOPE_FORCE': '1', **options}
    with subprocess.Popen([program('crowd'), str(threads), '10'],
                          env=environment,
                          stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_minflt


@in_folder
def a_new_thread_touches_few_pages_of_the_recorder(folder):
    def each(variant, **options):
        few, many = (faults(threads, folder, variant, **options)
                     for threads in (200, 1000))
        return (many - few) / 800

    release = each('release')
    without = each('instrumented', RPSCOPE_STACKS='none')
    full = each('instrumented', RPSCOPE_STACKS='full')
    # Its state lies beside others'; its ring is got by a call. The drainer, a
    # thread of this process, looks at each ring.
    assert without - release < 1.7, (release, without, full)
    assert full - release < 3.6, (release, without, full)


main()
