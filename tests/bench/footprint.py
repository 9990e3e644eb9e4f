"""Memory that does not depend on time: fragmentation, first pages, first bytes.
"""
import json
import os
import statistics
import subprocess
import tempfile

MIB = 1 << 20


def phases(folder, setting, thousands):
    """{phase: (live bytes, resident bytes)} of the fragmentation program."""
    environment = dict(os.environ)
    if setting.preload:
        environment['LD_PRELOAD'] = setting.preload
    run = subprocess.run(
        [os.path.join(folder, 'fragmentation'), str(thousands)],
        env=environment, capture_output=True, text=True, check=True,
        timeout=300)
    numbers = [int(word) for word in run.stdout.split()]
    names = ['start', 'full', 'sparse', 'refilled', 'empty']
    return dict(zip(names, zip(numbers[0::2], numbers[1::2])))


def fragmentation(folder, setting, thousands):
    """What was resident before the first block is subtracted from ratios."""
    found = phases(folder, setting, thousands)
    start = found['start'][1]
    for phase, words in (('full', f'{thousands:,} thousand of 16-512 B'),
                         ('sparse', 'a random 90 % freed'),
                         ('refilled', 'filled up again')):
        live, resident = found[phase]
        yield f'resident/live, {words}', f'{(resident - start) / live:.3f}'
    yield 'resident MiB, full', f'{found["full"][1] / MIB:.1f}'
    yield 'resident MiB, all freed', f'{found["empty"][1] / MIB:.1f}'
    yield 'resident MiB, before the first', f'{start / MIB:.1f}'


def minor_faults(folder, setting, count=15):
    faults = []
    with tempfile.NamedTemporaryFile('r') as result:
        for _ in range(count):
            subprocess.run([os.path.join(folder, 'launch'), result.name,
                            setting.preload, '/bin/true'], check=True)
            with open(result.name) as file:
                faults.append(json.load(file)['minor_faults'])
    yield 'minor faults of /bin/true', f'{statistics.median(faults):.0f}'


def first_allocation(program):
    """Needs no preload: it is linked with our static library."""
    run = subprocess.run([program], capture_output=True, text=True, check=True,
                         timeout=60)
    for line in run.stdout.splitlines():
        what, calls, size = line.split('\t')
        yield (f'KiB asked from the embedder, {what}',
               f'{int(size) / 1024:.0f} ({calls} calls)')


def measure(folder, chosen, quick, say):
    """Rows of (figure, setting name, value)."""
    rows = []
    for setting in chosen:
        say(f'footprint: {setting.name}')
        figures = [*fragmentation(folder, setting, 100 if quick else 1000),
                   *minor_faults(folder, setting)]
        rows += [(figure, setting.name, value) for figure, value in figures]
    program = os.path.join(folder, 'first_allocation')
    ours = [setting.name for setting in chosen if setting.ours]
    if ours and os.path.exists(program):
        rows += [(figure, ours[0], value)
                 for figure, value in first_allocation(program)]
    return rows
