#!/usr/bin/env python3
"""Changes core at random places, one at a time, and runs core's tests on each:
who survives has shown what no test asks for.

The same seed makes the same choice of the same source. A mutant that does not
compile, or comes out as the same code, does not count.
"""
import argparse
import concurrent.futures
import hashlib
import os
import random
import tempfile
import time

import changed
import known
import places
import suite
from case import VARIANTS

SHARES = {'operator': 50, 'constant': 30, 'order': 20}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('--build', default='build', help='the build folder')
    parser.add_argument('--count', type=int, default=100, help='of mutants')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('--only', default='', metavar='WORD',
                        help='only mutants with this in their description')
    return parser.parse_args()


def choose(seed, count, only):
    """For each of `count` a list of candidates of its kind: the first that
    counts is taken."""
    draw = random.Random(seed)
    left = {kind: [] for kind in SHARES}
    for mutant in places.all_of_core():
        if only in str(mutant):
            left[mutant.kind].append(mutant)
    for mutants in left.values():
        draw.shuffle(mutants)
    kinds = draw.choices(list(SHARES), list(SHARES.values()), k=count)
    return kinds, left


CODE = {}  # of objects without a change: a digest each


def code_of(core, objects):
    core.compile(objects)
    found = {}
    for path in objects:
        with open(core.path(path), 'rb') as file:
            found[path] = hashlib.sha256(file.read()).digest()
    return found


def other_variants(core, mutant):
    """Those that come out as other code."""
    whole, other = core.source(mutant.file), []
    for variant in VARIANTS:
        core.change(mutant.file, whole)
        objects = [path for path in core.affected()
                   if path.startswith(f'build/{variant}/core/')]
        CODE.update(code_of(core, set(objects) - set(CODE)))
        core.change(mutant.file, mutant.applied(whole))
        if any(digest != CODE[path]
               for path, digest in code_of(core, objects).items()):
            other.append(variant)
            if variant == 'release':
                return list(VARIANTS)  # then both, as a rule
    return other


def judge(core, mutant):
    """What became of it, or None when it does not count."""
    try:
        if mutant.kind == 'order':
            core.change(mutant.file, mutant.applied(core.source(mutant.file)))
            variants = VARIANTS
        else:
            variants = other_variants(core, mutant)
        if not variants:
            return None
        suite.survive(core, mutant.kind, variants)
    except changed.DoesNotCompile:
        return None
    except suite.Killed as by:
        return f'killed by {by}'
    reason = known.REASONS.get((mutant.file, mutant.old, mutant.new,
                                mutant.text, mutant.follows))
    return f'KNOWN, {reason}' if reason else 'SURVIVED'


def main():
    options = parse()
    kinds, left = choose(options.seed, options.count, options.only)
    output = os.path.join(options.build, 'mutants.txt')
    results = []

    def work(_):
        with tempfile.TemporaryDirectory(prefix='mutants-') as folder:
            core = changed.Changed(folder)
            while kinds:
                kind, result, begin = kinds.pop(), None, time.monotonic()
                while result is None and left[kind]:
                    mutant = left[kind].pop()
                    result = judge(core, mutant)
                if result is None:
                    continue
                results.append(result)
                line = (f'{result} ({time.monotonic() - begin:.0f} s): '
                        f'{mutant.kind} {mutant}')
                print(line, flush=True)
                file.write(line + '\n')
                file.flush()

    with open(output, 'w') as file, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(work, range(options.jobs)))
    survived = sum(result == 'SURVIVED' for result in results)
    print(f'{len(results)} mutants: {survived} survived that nobody knows '
          f'(seed {options.seed}; {output})')


main()
