"""How atomics are used, HOUSE-STYLE 4: orders in names, both sides tagged."""
import collections
import re

OURS = ('core/', 'instrument/')
BARE = re.compile(r'\b(atomic_\w+|__atomic_\w+|__sync_\w+|memory_order\w*)\b'
                  r'|<stdatomic\.h>')
TAGS = re.compile(r'\b(acquire|release|acq_rel)((?:,? (?:and )?\[[^\]]+\])+)')
OPERATION = re.compile(r'\b(?:load|store|swap|cas|add|sub|and|or|fence)'
                       r'(?:_[a-z]+)*_(acquire|release|acq_rel)\(')
NEAR = 6  # lines above an operation where its comment may stand


def bare_atomics(tree):
    sources = tree.select('.c', '.h', under=OURS + ('viewer/', 'tests/core/',
                                                    'tests/stress/'))
    for path, number, match in tree.search(BARE, sources):
        if path != 'core/base/atomic.h':
            yield path, number, (f'{match.group(0)}; expected a wrapper of '
                                 'core/base/atomic.h, with the order in its name')


def sides(line):
    """Yields (tag, side) for the tags of a line."""
    for kind, tags in TAGS.findall(line):
        for tag in re.findall(r'\[([^\]]+)\]', tags):
            for side in (('acquire', 'release') if kind == 'acq_rel'
                         else (kind,)):
                yield tag, side


def tags_have_both_sides(tree):
    for folder in OURS:
        seen = collections.defaultdict(dict)
        for path in tree.select('.c', '.h', under=[folder]):
            for number, line in enumerate(tree.lines(path), 1):
                for tag, side in sides(line):
                    seen[tag].setdefault(side, (path, number))
        for tag, places in seen.items():
            if len(places) == 1:
                (side, place), = places.items()
                other = {'acquire': 'release', 'release': 'acquire'}[side]
                yield *place, f'{side} [{tag}] has no {other} [{tag}]'


def operations_are_tagged(tree):
    sources = [path for path in tree.select('.c', '.h', under=OURS)
               if path != 'core/base/atomic.h']
    for path, number, match in tree.search(OPERATION, sources):
        line = tree.lines(path)[number - 1]
        if '//' in line[:match.start()]:
            continue
        if re.match(r'^\w', line):  # a function of that name
            continue
        near = tree.lines(path)[max(0, number - 1 - NEAR):number + 2]
        if not any(TAGS.search(text) for text in near):
            yield path, number, (f'{match.group(0)}..) without a tag; expected '
                                 f'"{match.group(1)} [tag]: what" beside it')
