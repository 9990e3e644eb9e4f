"""What documents name is there."""
import fnmatch
import os
import re

LINK = re.compile(r'\]\(([^)#:]+)(?:#[^)]*)?\)')
NAMED = re.compile(r'`([\w./*\[\]-]+\.(?:c|h|py|md|pml|map|1|json|golden))`')


def named_files_exist(tree):
    """A file that a document names or links stands in the tree.

    It is named from the top, from the document's folder, or, without a folder,
    by a name that some file has. *, [ch]: one such file at least.
    """
    names = {os.path.basename(path) for path in tree.files}
    if '.gitignore' in tree.files:  # what the build makes
        names |= {line.lstrip('/') for line in tree.lines('.gitignore')}
    for document in tree.select('.md'):
        folder = os.path.dirname(document)
        for pattern in (LINK, NAMED):
            for number, line in enumerate(tree.lines(document), 1):
                for name in pattern.findall(line):
                    places = (name, os.path.normpath(os.path.join(folder, name)))
                    found = any(fnmatch.filter(tree.files, place)
                                for place in places) or (
                        '/' not in name and fnmatch.filter(names, name))
                    if not found and 'NAME' not in name:
                        yield document, number, f'names {name}, which is not there'


COMMENT = re.compile(r'(?:^|\s)//(.*)')
# Not as in `session.c:88`: that is an example.
SOURCE = re.compile(r'(?<![\w/.<*-])([\w/]+\.[ch])\b(?!:\d)')


def comments_name_files(tree):
    """A file that a comment names is there: from the top, or from its hall."""
    names = {os.path.basename(path) for path in tree.files}
    sources = tree.select('.c', '.h', under=('core/', 'instrument/', 'viewer/',
                                             'tests/'))
    for path, number, match in tree.search(COMMENT, sources):
        for name in SOURCE.findall(match.group(1)):
            hall = path.split('/')[0]
            if not (name in tree.files or f'{hall}/{name}' in tree.files or
                    name in names or os.path.exists(f'/usr/include/{name}')):
                yield path, number, f'names {name}, which is not there'
