#!/usr/bin/env python3
"""No event stands before its cause: threads hand each other blocks as fast as
they can, by either clock, and the reader finds each allocation before its free,
and each free before the block is allocated again. RPSCOPE_EVENTS: how many
events, in traces of a hundred million at most, which are removed."""
import json
import os
import subprocess
import tempfile

from case import REPORT, built, cases_for, main

EVENTS = int(float(os.environ.get('RPSCOPE_EVENTS', '2e7')))
PER_BLOCK = 48  # of the argument of `handover`, in all of its threads
MOST = 2000000  # blocks a thread: a hundred million events


@cases_for(['exact', 'coarse'])
def no_event_stands_before_its_cause(clock):
    seen = 0
    with tempfile.TemporaryDirectory(prefix='rpscope-test-') as folder:
        trace = os.path.join(folder, 'order.rptrace')
        while seen < EVENTS:
            blocks = min(MOST, (EVENTS - seen) // PER_BLOCK + 1000)
            subprocess.run([built('rpscope'), 'record', '--quiet', '--force',
                            '--stacks', 'none', '--clock', clock, '-o',
                            trace, '--',
                            built('tests/stress/programs/handover'),
                            str(blocks)],
                           check=True, stdout=subprocess.DEVNULL)
            report = json.loads(subprocess.run(
                [*REPORT, '--json', trace], check=True,
                capture_output=True, text=True).stdout)
            quality = report['quality']
            assert quality['complete'] and quality['missing_events'] == 0
            assert report['lost_events'] == report['residual_bytes'] == 0
            for fault in 'repairs', 'unresolved', 'walk_mismatches':
                assert quality[fault] == 0, (fault, quality)
            assert report['deferred_frees'] > 0
            seen += report['events']
            print(f'# {seen:,} events', flush=True)


main()
