#!/usr/bin/env python3
"""A few of the programs of tests/stress/programs/test_causes.py, with one cause
each of what they hold and do not use: the verdict names it first, and when it
is cured, held and resident memory fall by what was predicted."""
import tempfile

from case import cases_for, main
from planted import Judged, Planted


@cases_for(['shared pin', 'deferred', 'torn down'])
def what_is_planted_is_named_and_its_cure_does_what_was_predicted(kind):
    with tempfile.TemporaryDirectory() as folder:
        judged = Judged(Planted(kind, 7), folder)

        assert judged.named, '\n'.join(judged.says)
        assert judged.comes_true, str(judged)


main()
