#!/usr/bin/env python3
"""rpscope record changes nothing in what real programs make, and loses nothing."""
import glob
import json
import tempfile

from case import REPORT, case, cases_for, main, output
from programs import ALL, python
from ways import Recorded, Way, made_by


def facts(trace):
    return json.loads(output(*REPORT, '--json', trace))


@cases_for(ALL)
def a_recorded_program_makes_the_same_and_its_trace_is_whole(name):
    with tempfile.TemporaryDirectory() as traces:
        made = made_by(ALL[name], Recorded(traces))

        assert made == made_by(ALL[name], Way()), made[-500:]
        found = glob.glob(f'{traces}/**/*.rptrace', recursive=True)
        assert f'{traces}/trace.rptrace' in found, found
        for trace in found:
            told = facts(trace)
            assert told['events'] > 0, (trace, told)
            assert told['lost_events'] == 0, (trace, told)
            assert told['residual_bytes'] == 0, (trace, told)


@case
def a_program_of_many_threads_is_seen_in_full():
    with tempfile.TemporaryDirectory() as traces:
        made_by(python, Recorded(traces))
        told = facts(f'{traces}/trace.rptrace')

    assert told['events'] > 1000000, told['events']
    assert told['peak_held_bytes'] >= told['held_bytes'] >= told['used_bytes']
    assert told['sites'] and told['pins'] and told['classes']


main()
