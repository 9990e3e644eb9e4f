#!/usr/bin/env python3
"""The models of core's lock-free structures hold; broken on purpose, they do not."""
import glob
import os
import re
import tempfile

from case import TOP, cases_for, main, output

MODELS = sorted(glob.glob(f'{TOP}/tests/models/*.pml'))


def errors(model, *flags):
    with tempfile.TemporaryDirectory() as folder:
        output('spin', *flags, '-a', model, cwd=folder)
        # To optimize takes longer than what it saves.
        output('gcc', '-O0', '-DSAFETY', '-o', 'pan', 'pan.c', cwd=folder)
        told = output('./pan', '-m10000', '-w20', cwd=folder)
    assert 'max search depth too small' not in told, told
    return int(re.search(r'errors: (\d+)', told).group(1))


@cases_for(os.path.basename(model) for model in MODELS)
def the_model_holds_in_every_interleaving(name):
    assert errors(f'{TOP}/tests/models/{name}') == 0


@cases_for(os.path.basename(model) for model in MODELS)
def the_model_notices_what_it_is_there_to_notice(name):
    assert errors(f'{TOP}/tests/models/{name}', '-DBROKEN') > 0


main()
