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


SIZES = [(4096, 0), (8192, 0), (16384, 0), (32768, 0), (256, 256), (1024, 1024),
         (4096, 4096)]  # bytes, alignment
POOL_SIZES = [32768, 65536, 131072, 262144, 1 << 20, 2 << 20]


def ratio(command, setting=None):
    """The number that a program says of memory for what was asked for."""
    environment = dict(os.environ)
    if setting and setting.preload:
        environment['LD_PRELOAD'] = setting.preload
    run = subprocess.run(list(map(str, command)), env=environment,
                         capture_output=True, text=True, check=True,
                         timeout=300)
    return run.stdout.split('\t')[1].strip()


def one_size(folder, setting, mib):
    for size, alignment in SIZES:
        kind = f'aligned to {alignment:,}' if alignment else 'malloc'
        yield (f'resident/asked, {mib} MiB of {size:,} B, {kind}',
               ratio([os.path.join(folder, 'one_size'), size, alignment, mib],
                     setting))


def own_pool(program, mib):
    """Needs no preload: it is linked with our static library."""
    for size in POOL_SIZES:
        yield (f'mapped/asked, own pool, {mib} MiB of {size >> 10:,} KiB',
               ratio([program, size, mib]))


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
                   *minor_faults(folder, setting),
                   *one_size(folder, setting, 20 if quick else 200)]
        rows += [(figure, setting.name, value) for figure, value in figures]
    program = os.path.join(folder, 'first_allocation')
    ours = [setting.name for setting in chosen if setting.ours]
    if ours and os.path.exists(program):
        pool = own_pool(os.path.join(folder, 'own_pool'), 20 if quick else 200)
        rows += [(figure, ours[0], value)
                 for figure, value in (*first_allocation(program), *pool)]
    return rows
