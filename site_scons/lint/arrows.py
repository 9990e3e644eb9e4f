"""Who may include whom."""
import os
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
HOOKS = {f'core/{name}.h' for name in
         ('hook', 'os', 'atomic', 'check', 'bits', 'rpmalloc')}
FREESTANDING = {f'{name}.h' for name in (
    'assert float iso646 limits stdalign stdarg stdatomic stdbool stddef stdint'
    ' stdnoreturn').split()}
# What the viewer reads.
SHARED_FORMATS = ('instrument/trace_format.h', 'instrument/witness.h')
# `rpscope record` runs the recorder's drainer.
DRAINER_USERS = re.compile(r'viewer/record\w*\.[ch]$')


def allowed(path, included):
    """Whether the file may include this other file of ours."""
    folder, other = path.split('/')[0], included.split('/')[0]
    if folder in ('tests', other):
        return True
    if folder == 'instrument':
        return included in HOOKS
    if folder == 'viewer':
        return (included in SHARED_FORMATS or
                other == 'instrument' and bool(DRAINER_USERS.match(path)))
    return False


def hosted(path):
    """Files of core that may use the C library and the system."""
    return bool(re.match(r'core/(os_\w+|malloc\w*)\.[ch]$', path))


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
                                 'headers only, but for os_*.c and malloc.c')


def listed_files(tree, folder):
    """The order of files that the folder's README states, or {}.

    It is every `name.c` and `name.h` in the table or list after the line that
    says "include only files".
    """
    document = f'{folder}/README.md'
    text = '\n'.join(tree.lines(document)) if document in tree.files else ''
    section = re.search(r'include only files.*?\n\n(.*?)(\n\n|\Z)', text, re.S)
    if not section:
        return {}
    names = re.findall(r'`(\w+\.[ch])`', section.group(1))
    return {f'{folder}/{name}': place
            for place, name in reversed(list(enumerate(names)))}


def include_order(tree):
    """A file includes only files that its folder's list names before it."""
    for folder in ('core', 'instrument', 'viewer'):
        order = listed_files(tree, folder)
        if not order:
            continue
        sources = tree.select('.c', '.h', under=[folder + '/'])
        for path in sources:
            if path not in order:
                yield path, 1, f'is missing from the list of files of {folder}'
        for path, number, match in tree.search(INCLUDE, sources):
            name = match.group(2)
            if order.get(name, -1) > order.get(path, len(order)):
                yield path, number, (f'includes {name}, which stands after it '
                                     f'in the list of files of {folder}')
