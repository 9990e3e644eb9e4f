#!/usr/bin/env python3
"""Programs that are right are told of nothing, with checks on, in all ways."""
import os
import sys

from case import TOP, cases_for, main

sys.path.append(os.path.join(TOP, 'tests/instrument/programs'))
from real_programs import MODES, PROGRAMS, nothing_is_told  # noqa: E402


@cases_for([(mode, command) for mode in MODES for command in PROGRAMS])
def nothing_is_told_of_any(values):
    nothing_is_told(*values)


main()
