"""Instructions for a pair of malloc and free, counted by callgrind.

A count does not depend on the machine's other work. Two runs of different
length are taken, and the difference is divided by the difference in pairs:
what starting and ending the program costs falls out.
"""
import os
import re
import shutil
import subprocess

LOOPS = [  # figure, program, thousands of pairs: few and many, arguments
    ('batch of 100 x 64 B', 'batch', (20, 120), ('64',)),
    ('batch of 100 x 1 KiB', 'batch', (20, 120), ('1024',)),
    ('batch of 100 x 8 KiB', 'batch', (20, 120), ('8192',)),
    ('random 16-1024 B, 2,000 live', 'live', (100, 300), ('2000', '16', '1024')),
    ('pair 16 B', 'pair', (20, 120), ('16',)),
    ('pair 64 B', 'pair', (20, 120), ('64',)),
    ('pair 1 KiB', 'pair', (20, 120), ('1024',)),
    ('pair 8 KiB', 'pair', (20, 120), ('8192',)),
    ('pair 64 KiB', 'pair', (20, 120), ('65536',)),
    ('pair 1 MiB', 'pair', (20, 120), ('1048576',)),
]


def missing():
    return [] if shutil.which('valgrind') else [
        'instruction counts are left out: valgrind is not installed '
        '(Debian package valgrind)']


def instructions(command, preload):
    environment = dict(os.environ)
    if preload:
        environment['LD_PRELOAD'] = preload
    run = subprocess.run(
        ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
         *command], env=environment, capture_output=True, text=True,
        timeout=600)
    found = re.search(r'Collected : (\d+)', run.stderr)
    if run.returncode or not found:
        raise RuntimeError(f'valgrind {" ".join(command)}: exit status '
                           f'{run.returncode}\n{run.stderr[-500:]}')
    return int(found[1])


def count(folder, chosen, only, say):
    """Rows of (figure, setting name, instructions for a pair)."""
    rows = []
    for figure, program, (few, many), arguments in LOOPS:
        if only and not any(word in figure for word in only):
            continue
        for setting in chosen:
            say(f'instructions: {figure}, {setting.name}')
            totals = [instructions(
                [os.path.join(folder, program), str(thousands), *arguments],
                setting.preload) for thousands in (few, many)]
            rows.append((figure, setting.name, '%.1f' % (
                (totals[1] - totals[0]) / (1000 * (many - few)))))
    return rows
