#!/usr/bin/env python3
"""A drainer that stands still: the program waits for it once, and goes on; what
then finds no room is counted."""
import glob
import json
import os
import re
import signal
import subprocess
import tempfile

from case import HANG, REPORT, await_that, built, cases_for, main
from recording import Trace, program

RPSCOPE = built('rpscope')


def drainer_of(process):
    """Its process, as soon as it has the rings."""
    def found():
        status = subprocess.run([RPSCOPE, 'ctl', process, 'status'], text=True,
                                capture_output=True).stdout
        return re.search(r'by rpscope, process (\d+)', status)
    return int(await_that(found, 'there is a drainer')[1])


@cases_for(['none', '1G'])
def the_program_ends_while_its_drainer_stands_still(spill):
    with tempfile.TemporaryDirectory() as folder:
        path = folder + '/a.rptrace'
        recorder = subprocess.Popen(
            [RPSCOPE, 'record', '-o', path, '--spill', spill, '--buffer', '4K',
             '--', program('stands_still'), folder], cwd=folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        ready, = await_that(lambda: glob.glob(folder + '/ready.*'),
                            'it is ready')
        drainer = drainer_of(ready.rpartition('.')[2])
        os.kill(drainer, signal.SIGSTOP)
        open(folder + '/go', 'w').close()
        try:
            await_that(lambda: glob.glob(folder + '/done'),
                       'the program is done')
        finally:
            os.kill(drainer, signal.SIGCONT)
        told = recorder.communicate(timeout=HANG)[0]
        trace = Trace(path)
        assert trace.trailer is not None
        recorded = sum(map(len, trace.rings.values()))
        assert trace.trailer['events'] == recorded
        lost = trace.trailer['lost_events']
        assert recorded + lost >= 400000, (recorded, lost)
        assert lost > 0 and ' LOST,' in told, told
        answer = json.loads(subprocess.run(
            [*REPORT, '--json', path], capture_output=True,
            text=True).stdout)
        assert answer['lost_events'] == lost


main()
