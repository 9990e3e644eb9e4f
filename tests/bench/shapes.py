"""Shapes of load whose result is memory, page faults, or the slowest mallocs.

Each program prints lines of a name, a tab and a number (programs/figures.h).
"""
import os
import subprocess

SHAPES = [  # what it is, program, arguments, arguments of a quick run
    ('64 MiB filled and freed, 12 times', 'rounds', (12, 64), (4, 64)),
    ('90 MiB filled and freed, 4 times', 'rounds', (4, 90), (2, 90)),
    ('the same of 16-2,000 B', 'rounds', (4, 90, 100, 16, 2000),
     (2, 90, 100, 16, 2000)),
    ('300,000 blocks freed at random, filled again, twice', 'unload', (2, 300),
     (1, 100)),
    ('400 threads that worked and sleep', 'sleepers', (400, 4), (100, 4)),
    ('1,000 threads that worked a little and sleep', 'sleepers', (1000, 1),
     (200, 1)),
    ('one malloc among 10,000 blocks', 'tail', (3000, 10000), (300, 10000)),
    ('1,000 threads with 64 small blocks each', 'many_threads', (1000, 64),
     (200, 64)),
    ('busy owner', 'others_blocks', ('busy', 395), ('busy', 50)),
    ('sleeping owner', 'others_blocks', ('sleeping', 395), ('sleeping', 50)),
    ('forked child', 'others_blocks', ('forked', 198), ('forked', 50)),
]


def measure(folder, settings, quick, say):
    """Rows of (figure, setting name, text)."""
    rows = []
    for title, program, full, short in SHAPES:
        for setting in settings:
            say(f'{title}: {setting.name}')
            environment = dict(os.environ)
            if setting.preload:
                environment['LD_PRELOAD'] = setting.preload
            run = subprocess.run(
                [os.path.join(folder, program),
                 *map(str, short if quick else full)],
                env=environment, capture_output=True, text=True, check=True,
                timeout=600)
            for line in run.stdout.splitlines():
                name, value = line.split('\t')
                rows.append((f'{title}: {name}', setting.name,
                             f'{float(value):,.1f}'))
    return rows
