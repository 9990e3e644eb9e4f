#!/usr/bin/env python3
"""An answer that cannot be written is no answer: a sentence, and exit 2."""
import os
import subprocess
import sys
import tempfile

from case import HANG, built, cases_for, main

RPSCOPE = built('rpscope')
folder = tempfile.TemporaryDirectory()
TRACE = os.path.join(folder.name, 'x.rptrace')
subprocess.run([RPSCOPE, 'record', '-q', '-o', TRACE, '--', sys.executable, '-c',
                '[str(i) for i in range(1000)]'], check=True, timeout=HANG)
COMMANDS = {
    'report': [TRACE],
    'report --json': [TRACE],
    'query classes': [TRACE],
    'query classes --format csv': [TRACE],
    **{f'check --format {how}': [TRACE, 'held_bytes < 1K']
       for how in ('text', 'json', 'junit', 'github', 'sarif')},
    'diff': [TRACE, TRACE],
    'diff --format json': [TRACE, TRACE],
    **{f'export --format {how}': [TRACE]
       for how in ('folded', 'pprof', 'speedscope', 'firefox', 'perfetto',
                   'html', 'csv --table sites')},
    'processes': [TRACE],
}


@cases_for(COMMANDS)
def it_is_told_that_there_is_no_room(command):
    with open('/dev/full', 'w') as full:
        done = subprocess.run([RPSCOPE, *command.split(), *COMMANDS[command]],
                              stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=HANG)
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert 'No space left on device' in done.stderr, done.stderr


main()
