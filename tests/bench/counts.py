"""Instructions and cache misses for a pair of malloc and free, by callgrind.

A count does not depend on the machine's other work. Two runs of different
length are taken, and the difference is divided by the difference in pairs:
what starting and ending the program costs falls out.
"""
import os
import re
import shutil
import subprocess
import tempfile

LOOPS = [  # figure, program, thousands of pairs: few and many, arguments
    ('batch of 100 x 64 B', 'batch', (10, 60), ('64',)),
    ('batch of 100 x 1 KiB', 'batch', (10, 60), ('1024',)),
    ('batch of 100 x 8 KiB', 'batch', (10, 60), ('8192',)),
    ('random 16-1024 B, 2,000 live', 'live', (50, 150), ('2000', '16', '1024')),
    ('pair 16 B', 'pair', (10, 60), ('16',)),
    ('pair 64 B', 'pair', (10, 60), ('64',)),
    ('pair 1 KiB', 'pair', (10, 60), ('1024',)),
    ('pair 8 KiB', 'pair', (10, 60), ('8192',)),
    ('pair 64 KiB', 'pair', (10, 60), ('65536',)),
    ('pair 1 MiB', 'pair', (10, 60), ('1048576',)),
    ('realloc from 16 B to 1 KiB, a step', 'ladder', (10, 60), ()),
    ("free of another's block, in order", 'foreign', (20, 80), ('0',)),
    ('the same, from span to span', 'foreign', (20, 80), ('1',)),
    ('the same in order, by a thread without a heap', 'foreign', (20, 80),
     ('0', '0')),
]

RECORDED = [
    ('pair 64 B, 5 calls deep', 'deep', (10, 60), ('64', '5')),
    ('pair 64 B, 20 calls deep', 'deep', (10, 60), ('64', '20')),
    ('pair 64 B, stopped', 'deep', (300, 350), ('64', '20', '1')),
]


# A second-level cache as many processors have it: blocks of one allocator that
# lie a power of two apart fall into few of its sets, which time shows only on a
# quiet machine.
CACHE = ['--cache-sim=yes', '--D1=32768,8,64', '--LL=1048576,8,64']
MISSES = [
    ('random 16-1024 B, 2,000 live', 'live', (50, 150), ('2000', '16', '1024')),
    ('random 16-1024 B, 10,000 live', 'live', (50, 150),
     ('10000', '16', '1024')),
    ('random 16-8192 B, 2,000 live', 'live', (50, 150), ('2000', '16', '8192')),
]


def missing():
    return [] if shutil.which('valgrind') else [
        'counts are left out: valgrind is not installed (Debian package '
        'valgrind)']


def collected(command, setting, options=()):
    """{event: count} of a whole run."""
    environment = {**os.environ, **setting.environment}
    if setting.preload:
        environment['LD_PRELOAD'] = setting.preload
    with tempfile.TemporaryDirectory() as scratch:
        run = subprocess.run(
            [*(word.replace('{SCRATCH}', scratch) for word in setting.wrapper),
             'valgrind', '--tool=callgrind',
             '--callgrind-out-file=/dev/null', *options, *command],
            env=environment, capture_output=True, text=True, timeout=600)
    names = re.search(r'Events    : (.*)', run.stderr)
    numbers = re.search(r'Collected : (.*)', run.stderr)
    if run.returncode or not names or not numbers:
        raise RuntimeError(f'valgrind {" ".join(command)}: exit status '
                           f'{run.returncode}\n{run.stderr[-500:]}')
    return dict(zip(names[1].split(), map(int, numbers[1].split())))


def for_a_pair(folder, loop, setting, events, options=()):
    """The sum of these events for one pair."""
    _, program, thousands, arguments = loop
    few, many = [
        sum(collected([os.path.join(folder, program), str(count), *arguments],
                      setting, options)[event] for event in events)
        for count in thousands]
    return (many - few) / (1000 * (thousands[1] - thousands[0]))


def count(folder, chosen, recorders, only, say):
    """Rows of (figure, setting name, count for a pair): instructions, misses,
    and instructions of what is recorded (without who drains it)."""
    tables = []
    for chosen, loops, events, options in (
            (chosen, LOOPS, ['Ir'], []),
            (chosen, MISSES, ['DLmr', 'DLmw'], CACHE),
            (recorders, RECORDED, ['Ir'], [])):
        rows = []
        for loop in loops:
            if only and not any(word in loop[0] for word in only):
                continue
            for setting in chosen:
                say(f'counts: {loop[0]}, {setting.name}')
                number = for_a_pair(folder, loop, setting, events, options)
                rows.append((loop[0], setting.name,
                             f'{number:.{3 if options else 1}f}'))
        tables.append(rows)
    return tables
