#!/usr/bin/env python3
"""Sixty programs with one cause each of what they hold and do not use: the
verdict names it first, and when it is cured, held and resident memory fall by
what was predicted. RPSCOPE_SEEDS: programs of each kind."""
import os
import sys
import tempfile

from case import TOP, cases_for, main

sys.path.insert(0, os.path.join(TOP, 'tests/viewer/answer'))
from planted import KINDS, Judged, Planted  # noqa: E402

SEEDS = int(os.environ.get('RPSCOPE_SEEDS', '6'))


@cases_for([f'{kind} {seed}' for kind in KINDS for seed in range(SEEDS)])
def what_is_planted_is_named_and_its_cure_does_what_was_predicted(which):
    kind, _, seed = which.rpartition(' ')
    planted = Planted(kind, int(seed))
    with tempfile.TemporaryDirectory() as folder:
        judged = Judged(planted, folder, sample='pin' in kind)

        print(f'# {which}: {judged}', flush=True)
        assert judged.named, '\n'.join(judged.says)
        assert judged.comes_true, str(judged)


main()
