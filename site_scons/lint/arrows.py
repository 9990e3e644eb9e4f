"""Who may include whom."""
import os
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
HOOKS = {f'core/{name}.h' for name in
         ('hook', 'rpmalloc', 'os/os', 'os/check', 'base/atomic', 'base/bits')}
FREESTANDING = {f'{name}.h' for name in (
    'assert float iso646 limits stdalign stdarg stdatomic stdbool stddef stdint'
    ' stdnoreturn').split()}
# The trace file as C: all that the viewer shares with the allocator.
SHARED_FORMAT = 'instrument/format/'
# `rpscope record` runs the recorder's drainer, `rpscope verify` reads its log.
DRAINER_USERS = ('viewer/record/', 'viewer/verify/')


def allowed(path, included):
    """Whether the file may include this other file of ours."""
    folder, other = path.split('/')[0], included.split('/')[0]
    if folder in ('tests', other):
        return True
    if folder == 'instrument':
        return included in HOOKS
    if folder == 'viewer':
        return included.startswith(SHARED_FORMAT) or (
            other == 'instrument' and path.startswith(DRAINER_USERS))
    return False


def hosted(path):
    """Files of core that may use the C library and the system."""
    return path.startswith(('core/os/', 'core/malloc/'))


def include_arrows(tree):
    sources = tree.select('.c', '.h', under=('core/', 'instrument/', 'viewer/',
                                             'tests/'))
    for path, number, match in tree.search(INCLUDE, sources):
        kind, name = match.groups()
        if kind == '"' and '/' not in name and not path.startswith('tests/'):
            yield path, number, (f'includes "{name}"; expected the path from '
                                 f'the top: "{os.path.dirname(path)}/{name}"')
        elif kind == '"' and not allowed(path, name):
            yield path, number, (f'includes {name}, against the arrows of the '
                                 'design')
        elif kind == '<' and path.startswith('core/') and not hosted(path) \
                and name not in FREESTANDING:
            yield path, number, (f'includes <{name}>; core uses freestanding '
                                 'headers only, but for os/ and malloc/')
