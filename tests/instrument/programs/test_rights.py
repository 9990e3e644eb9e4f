#!/usr/bin/env python3
"""A drainer inside the program gives up what the program gives up."""
import os

from case import Skip, cases_for, main
from recording import Recording, program, whole


@cases_for(['user', 'power'])
def no_thread_keeps_what_the_program_has_given_up(what):
    if os.geteuid() != 0:
        raise Skip('only root has something to give up')
    with Recording(program('rights'), what) as recorded:
        assert recorded.status == 0, recorded.status
        assert 'CapEff:\t0000000000000000\n' in recorded.output
        assert recorded.output.endswith('dumpable 1\nall alike\n'), (
            recorded.output)
        if what == 'user':
            assert 'Uid:' + '\t65534' * 4 in recorded.output
        whole(recorded.trace())


main()
