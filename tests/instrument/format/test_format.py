#!/usr/bin/env python3
"""TRACE-FORMAT.md and the headers of the format say the same."""
import glob
import os
import re

from case import TOP, case, main
from second_reader import crc32c, schema


def header():
    text = ''
    for name in 'trace_format', 'trace_predictor':
        with open(os.path.join(TOP, f'instrument/format/{name}.h')) as file:
            text += file.read()
    return re.sub(r'\\\n', ' ', text)


def document():
    with open(os.path.join(TOP, 'instrument/TRACE-FORMAT.md')) as file:
        return file.read()


@case
def the_columns_are_those_of_the_header_in_their_order():
    in_header = re.findall(r'\bCOLUMN\((\w+), "([^"]*)"\)', header())
    in_document = re.findall(r'^\| \d+ \| `(\w+)` \| ([^|]*) \|', document(),
                             re.M)

    assert in_header == in_document, (in_header, in_document)


@case
def the_events_are_those_of_the_header_with_their_fields():
    in_header = {}
    for name, code, fields in re.findall(
            r'\bEVENT\((\w+), (\d+), "[^"]*",([^)]*)\)', header()):
        in_header[int(code)] = name, re.findall(r'\w+', fields)

    columns, in_document = schema()

    assert in_header == in_document, (in_header, in_document)


# What handles events that others send.
HANDLE = 'record heap_state heap_state_tell totals regions encode merge'.split()


@case
def every_event_is_sent_somewhere_and_the_document_says_when():
    text = ''
    for path in glob.glob(os.path.join(TOP, 'instrument/*/*.c')):
        if os.path.basename(path)[:-2] not in HANDLE:
            with open(path) as file:
                text += file.read()
    # Whether each is really told, test_events.py asks programs.
    for code, (name, _) in schema()[1].items():
        assert re.search(r'\bTRACE_EVENT_%s\b' % name, text), name
        row = re.search(r'^\| %d \| %s \| [^|]* \| (.*) \|$' % (code, name),
                        document(), re.M)
        assert row and len(row.group(1)) > 10, name


@case
def every_key_of_META_that_is_written_is_in_the_document():
    keys = set()
    for path in glob.glob(os.path.join(TOP, 'instrument/write/*.c')):
        with open(path) as file:
            keys |= set(re.findall(
                r'\b(?:rp_meta_add\w*|add_count)\(&?meta,\s*"(\w+)"',
                file.read()))
    told = document().partition('**META.**')[2].partition('\n\n')[0]

    assert {'memory', 'huge_pages', 'exit', 'rings_cut_off'} <= keys, keys
    unknown = [key for key in keys if f'`{key}`' not in told]
    assert not unknown, unknown


@case
def the_kinds_of_blocks_are_those_of_the_header():
    in_header = re.findall(r'^    TRACE_([A-Z]+) = (\d), +//', header(), re.M)
    blocks = document().partition('## 2. Blocks')[2].partition('## 3.')[0]
    in_document = re.findall(r'^\| (\d) \| ([A-Z]+) \|', blocks, re.M)

    assert in_header == [(name, code) for code, name in in_document]


@case
def the_sizes_and_magic_numbers_are_those_of_the_header():
    text = document()

    for pattern in (r'TRACE_VERSION (\d+)', r'TRACE_BLOCK_MAGIC (0x\w+?)u',
                    r'trace_file_header\) == (\d+)',
                    r'trace_block_header\) == (\d+)',
                    r'TRACE_MIX UINT64_C\((0x\w+)\)'):
        value = re.search(pattern, header()).group(1)
        assert value in text, value


@case
def the_checksum_is_the_one_that_the_document_names():
    assert crc32c(b'123456789') == 0xe3069283
    assert '0xe3069283' in document()


main()
