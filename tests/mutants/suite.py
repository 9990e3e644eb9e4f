"""What a mutant has to get through: the tests of core, the nearest first."""
import os
import subprocess
import sys

import changed
from case import TOP, VARIANTS, built

# Of one test, some times what it takes: who wants more hangs, or grows for ever.
LIMITS = ['prlimit', '--cpu=40', f'--data={8 << 30}']
HANG = 600  # seconds, of who waits
TESTS = {name: f'build/{name}/tests/' for name in VARIANTS}
SEQUENCES = 'sequences/test_sequences'
LIBRARY = 'build/release/librpscope-malloc.so'
# They take as long as all others together, and look for what those do not: so
# only on what is theirs.
SLOW = ('test_stop', 'test_signal', 'test_memory', 'test_coherent',
        'test_rpmalloc', 'test_goes_back', 'test_hooks_model')
PRELOADED = ['test_family.py', 'test_corners.py']  # their cases of release


class Killed(Exception):
    """By which test."""


def run(core, what, command, **settings):
    try:
        done = core.run(LIMITS + command, timeout=HANG, **settings)
    except subprocess.TimeoutExpired:
        raise Killed(f'{what}: no end') from None
    if done.returncode != 0:
        raise Killed(what)


def distance(file, program):
    """How far a test is from a file: its own, of its room, another."""
    room, name = file.split('/')[1:]
    name = 'test_' + os.path.splitext(name)[0]
    return (not program.endswith(f'/{room}/{name}'), f'/{room}/' not in program)


def of_programs(core, wanted):
    """Those of the plan, affected, that are wanted; by distance."""
    found = [path for path in changed.plan()['programs']
             if wanted(path) and core.is_affected(path)]
    for path in sorted(found, key=lambda p: (distance(core.changed, p), p)):
        command = [core.program(path)]
        if SEQUENCES not in path and '/weak/' not in path:
            command += ['-j1', '--fail-fast', '--color=never']
        yield path, command


def sequences(core, variant):
    path = variant + SEQUENCES
    if core.is_affected(path):
        run(core, path, [core.program(path)])


def units(core, variant, word=''):
    def is_wanted(path):
        return path.startswith((variant + 'core', variant + 'death')) and (
            word in path) and (
            not path.endswith(SLOW) or not all(distance(core.changed, path)))
    for path, command in of_programs(core, is_wanted):
        run(core, path, command)


def weak(core):
    for path, command in of_programs(core, lambda p: '/weak/' in p):
        run(core, path, command + ['unchanged'])


def preloaded(core):
    """The library, in a build of which all else is as it was."""
    known = next((path for path in changed.plan()['programs']
                  if path.startswith(LIBRARY)), None)
    if known is None or not core.is_affected(known):
        return
    view = core.path('view')
    os.makedirs(view + '/release', exist_ok=True)
    places = {name: built(name) for name in ('instrumented', 'rpscope', 'tests')}
    places |= {f'release/{name}': built('release', name)
               for name in os.listdir(built('release'))}
    places['release/librpscope-malloc.so'] = core.program(known)
    for link, to in places.items():
        if not os.path.islink(f'{view}/{link}'):
            os.symlink(os.path.abspath(to), f'{view}/{link}')
    environment = {**os.environ, 'RPSCOPE_BUILD': view,
                   'PYTHONPATH': os.path.join(TOP, 'tests')}
    for script in PRELOADED:
        run(core, script, [sys.executable,
                           os.path.join(TOP, 'tests/preload', script),
                           'release'], env=environment)


def survive(core, kind, variants):
    """Killed by what notices the change, in the variants that it is one of."""
    steps = []
    if 'release' in variants:
        steps += [lambda: sequences(core, TESTS['release']),
                  lambda: units(core, TESTS['release']),
                  lambda: preloaded(core)]
    # The instrumented one is the same code, but for its hooks.
    steps += [lambda: sequences(core, TESTS['instrumented']),
              lambda: units(core, TESTS['instrumented'],
                            '/test_hooks_' if 'release' in variants else '')]
    # No test of a processor that is strict sees an order.
    steps.insert(0 if kind == 'order' else 2, lambda: weak(core))
    for step in steps:
        step()
