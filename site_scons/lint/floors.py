"""Rooms and floors: who may include and call whom inside a hall.

The table of rooms in a hall's README is in floor order, the top first. A room
includes and calls only rooms below it, and files call each other in no circle.
Which file includes which say the sources and the compiler (-MMD); which calls
which say the symbols of the object files. A name.c and its name.h are one file.
"""
import functools
import os
import re

from arrows import DRAINER_USERS, HOOKS, INCLUDE
from built import objects

HALLS = ('core', 'instrument', 'viewer')
ROW = re.compile(r'^\| `([a-z_/]+)/` \|')


@functools.lru_cache(maxsize=None)
def rooms(tree, hall):
    """room -> (floor, line of the README); the top floor is the highest."""
    document = f'{hall}/README.md'
    lines = tree.lines(document) if document in tree.files else []
    found = {}
    for number, line in enumerate(lines, 1):
        if (match := ROW.match(line)) and match.group(1) not in found:
            found[match.group(1)] = number
    return {room: (len(found) - place, number)
            for place, (room, number) in enumerate(found.items())}


def room_of(path):
    return os.path.dirname(path).partition('/')[2]


def files_of(tree, hall):
    return tree.select('.c', '.h', under=[hall + '/'])


def rooms_are_listed(tree):
    """Each file is in a room of the table, but for headers at the door."""
    for hall in HALLS:
        listed = rooms(tree, hall)
        if not listed:
            continue
        used = set()
        for path in files_of(tree, hall):
            room = room_of(path)
            used.add(room)
            if room not in listed and (room or path.endswith('.c')):
                yield path, 1, (f'room {room or "."}/ is not in the table of '
                                f'{hall}/README.md')
        for room, (_, number) in listed.items():
            if room not in used:
                yield f'{hall}/README.md', number, f'room {room}/ has no file'


class Arrow:
    def __init__(self, source, line, target, what):
        self.source, self.line, self.target, self.what = (source, line, target,
                                                          what)


def line_of(tree, path, word):
    pattern = re.compile(rf'\b{re.escape(word)}\b')
    return next((number for _, number, _ in tree.search(pattern, [path])), 1)


def included(tree, hall):
    """Arrows by #include; and what only the compiler knows of."""
    direct = {}
    for path, number, match in tree.search(INCLUDE, files_of(tree, hall)):
        if match.group(2).startswith(hall + '/'):
            direct.setdefault(path, set()).add(match.group(2))
            yield Arrow(path, number, match.group(2),
                        f'includes {match.group(2)}')
    for each in objects(tree, hall):
        reached, ahead = set(), [each.source]
        while ahead:
            for header in direct.get(ahead.pop(), ()):
                if header not in reached:
                    reached.add(header)
                    ahead.append(header)
        for header in sorted(each.headers(tree.root) - reached):
            if header.startswith(hall + '/'):
                yield Arrow(each.source, 1, header,
                            f'is compiled with {header}')


def called(tree, hall):
    """Arrows by symbols: undefined in one object, defined in another."""
    for variant in {each.variant for each in objects(tree, hall)}:
        here = [each for each in objects(tree, hall)
                if each.variant == variant]
        owner = {name: each.source for each in here for name in each.defined}
        for each in here:
            for name in sorted(each.undefined & owner.keys()):
                yield Arrow(each.source, line_of(tree, each.source, name),
                            owner[name], f'calls {name} of {owner[name]}')


@functools.lru_cache(maxsize=None)
def arrows(tree, hall):
    seen = {}
    for arrow in [*included(tree, hall), *called(tree, hall)]:
        seen.setdefault((arrow.source, arrow.target, arrow.what), arrow)
    return list(seen.values())


def floors_hold(tree):
    """No arrow leads up a floor. Headers at the door are for every room."""
    for hall in HALLS:
        floors = rooms(tree, hall)
        for arrow in arrows(tree, hall) if floors else ():
            here, there = room_of(arrow.source), room_of(arrow.target)
            if here in floors and there in floors \
                    and floors[there][0] > floors[here][0]:
                yield arrow.source, arrow.line, (
                    f'{arrow.what}, up a floor: {there}/ stands above {here}/')


def circle_from(start, graph):
    """The shortest way through the arrows back to the start, or None."""
    ways, seen = [[arrow] for arrow in graph.get(start, ())], set()
    for way in ways:
        end = way[-1].end
        if end == start:
            return way
        if end not in seen:
            seen.add(end)
            ways += [way + [arrow] for arrow in graph.get(end, ())]
    return None


def no_circles(tree):
    """No file reaches itself over the arrows of others."""
    for hall in HALLS:
        graph = {}
        for arrow in arrows(tree, hall) if rooms(tree, hall) else ():
            start, arrow.end = (os.path.splitext(path)[0]
                                for path in (arrow.source, arrow.target))
            if start != arrow.end:
                graph.setdefault(start, []).append(arrow)
        told = set()
        for start in sorted(graph):
            way = circle_from(start, graph) if start not in told else None
            if way:
                told |= {arrow.end for arrow in way}
                yield way[0].source, way[0].line, 'a circle of files: ' + (
                    ', '.join(f'{arrow.source} {arrow.what}' for arrow in way))


def halls_are_built(tree):
    """The rules above see a call only in an object file, and what macros
    include only in the compiler's list."""
    for hall in HALLS:
        sources = [path for path in files_of(tree, hall)
                   if path.endswith('.c')]
        if rooms(tree, hall) and sources and not objects(tree, hall):
            yield f'{hall}/README.md', 1, (
                f'no object file of {hall}/ in build/; run scons first')
        for each in objects(tree, hall) if rooms(tree, hall) else ():
            if not os.path.exists(each.list_of_headers):
                yield each.source, 1, (
                    f'its object in {each.variant}/ came without a list of '
                    'headers (-MMD)')


def declares(tree, headers, name):
    # Before a comment: what only talks of it does not declare it.
    pattern = re.compile(rf'^((?!//).)*\b{re.escape(name)}\b')
    return any(tree.search(pattern, [header for header in headers
                                     if header in tree.files]))


def calls_between_halls(tree):
    """A call crosses halls only by what both may include.

    Other names than rp... are of the C library, in whose place some of ours
    stand when they are preloaded.
    """
    owner = {name: each.source for hall in HALLS
             for each in objects(tree, hall) for name in each.defined
             if name.startswith('rp')}
    told = set()
    for hall in HALLS:
        for each in objects(tree, hall):
            for name in sorted(each.undefined & owner.keys()):
                target = owner[name]
                other = target.split('/')[0]
                if other == hall or (each.source, name) in told:
                    continue
                told.add((each.source, name))
                if hall == 'core' and not declares(tree, ['core/hook.h'], name):
                    why = ', which core/hook.h does not declare'
                elif hall == 'core' or each.source.startswith(DRAINER_USERS):
                    continue
                elif hall == 'viewer':
                    why = ', against the arrows of the design'
                elif declares(tree, HOOKS, name):
                    continue
                else:
                    why = (', which no header of core that the recorder may '
                           'include declares')
                yield each.source, line_of(tree, each.source, name), (
                    f'calls {name} of {target}{why}')
