"""Checks a working tree: python3 site_scons/lint [FOLDER].

Each rule is a function that takes a Tree and yields (path, line, message).
"""
import sys

import arrows
import atomics
import documents
import floors
import style
import symbols
from tree import Tree

RULES = [
    arrows.include_arrows,
    floors.rooms_are_listed, floors.floors_hold, floors.no_circles,
    floors.calls_between_halls, floors.halls_are_built,
    atomics.bare_atomics, atomics.tags_have_both_sides,
    atomics.operations_are_tagged,
    style.layout, style.leftovers, style.file_length, style.variant_ifs,
    style.first_line, style.formatted,
    symbols.same_symbols,
    documents.named_files_exist, documents.comments_name_files,
]


def main():
    tree = Tree(sys.argv[1] if len(sys.argv) > 1 else '.')
    found = sorted({finding for rule in RULES for finding in rule(tree)})
    for path, line, message in found:
        print(f'{path}:{line}: {message}')
    if not found:
        print(f'{len(RULES)} rules, {len(tree.files)} files, all well')
    return 1 if found else 0


sys.exit(main())
