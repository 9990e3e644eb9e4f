#!/usr/bin/env python3
"""What rpscope exports is as the formats are published, whatever names are in
it, and no larger than is said."""
import csv
import gzip
import html.parser
import json
import os
import re

from case import case, cases_for, main, output, small_disk
from exported import (EVIL_FILE, TRACE, export, exported, path, record, report)
from protobuf import fields, packed

REPORT = report()
SHOWN = '=1+1;"<script>alert(1)</script>\\t|`]}\',\\x1b[31m\\xff 12'
ALL = ['folded', 'pprof', 'speedscope', 'firefox', 'perfetto', 'html']


def read(name, mode='r', **how):
    with open(name, mode, **how) as file:
        return file.read()


@case
def pprof_is_a_profile_proto():
    profile = fields(gzip.decompress(read(exported('pprof')[0], 'rb')))
    texts = [text.decode() for text in profile[6]]  # valid UTF-8, all
    assert texts[0] == '' and len(texts) == len(set(texts))
    assert SHOWN in texts
    locations = {fields(one)[1][0]: fields(one) for one in profile[4]}
    functions = {fields(one)[1][0] for one in profile[5]}
    mappings = {fields(one)[1][0] for one in profile[3]}
    assert 0 not in {*locations, *functions, *mappings}
    for location in locations.values():
        assert location[2][0] in mappings
        for line in map(fields, location[4]):
            assert line[1][0] in functions
    types = len(profile[1])
    for sample in map(fields, profile[2]):
        values = packed(sample[2][0])
        assert len(values) == types == 6
        assert set(packed(sample[1][0])) <= set(locations)


@case
def speedscope_is_as_its_schema_says():
    file = json.loads(read(exported('speedscope')[0]))
    assert file['$schema'] == (
        'https://www.speedscope.app/file-format-schema.json')
    frames = file['shared']['frames']
    assert all(isinstance(frame['name'], str) and set(frame) <= {
        'name', 'file', 'line', 'col'} for frame in frames)
    assert any(frame['name'] == SHOWN and frame['line'] == 5
               for frame in frames), frames
    for profile in file['profiles']:
        assert set(profile) == {'type', 'name', 'unit', 'startValue',
                                'endValue', 'samples', 'weights'}
        assert len(profile['samples']) == len(profile['weights'])
        assert sum(profile['weights']) == profile['endValue'] == sum(
            row[profile['name']] for row in REPORT['sites'])
        assert all(0 <= frame < len(frames) for sample in profile['samples']
                   for frame in sample)
    told = json.loads(export('speedscope', '--metric', 'share_bytes'))
    assert told['profiles'][told['activeProfileIndex']]['name'] == 'share_bytes'


@case
def firefox_has_columns_of_equal_length():
    profile = json.loads(read(exported('firefox')[0]))
    thread, = profile['threads']
    texts = profile['shared']['stringArray']
    for name, table in thread.items():
        if isinstance(table, dict):
            for key, column in table.items():
                if isinstance(column, list):
                    assert len(column) == table['length'], (name, key)
    frames, functions = thread['frameTable'], thread['funcTable']
    assert max(frames['func']) < functions['length']
    assert max(functions['name']) < len(texts) and SHOWN in texts
    stacks = thread['stackTable']
    assert all(prefix is None or prefix < i
               for i, prefix in enumerate(stacks['prefix']))
    table = thread['nativeAllocations']
    assert table['time'] == sorted(table['time'])
    assert sum(table['weight']) == REPORT['used_bytes']
    for counter, key in zip(profile['counters'], ('used_bytes', 'held_bytes')):
        assert sum(counter['samples']['count']) == REPORT['timeline'][-1][key]


@case
def perfetto_is_a_trace_with_counters():
    trace = fields(read(exported('perfetto')[0], 'rb'))
    assert set(trace) == {1}
    packets = [fields(packet) for packet in trace[1]]
    assert {packet[10][0] for packet in packets} == {1}  # of one sequence
    assert packets[0][13] == [1] and all(13 not in p for p in packets[1:])
    names, values = {}, {}
    for packet in packets:
        if 60 in packet:
            track = fields(packet[60][0])
            names[track[1][0]] = track[2][0].decode()
            assert track[1][0] == 1 or track[5] == [1]  # of the process
            continue
        event = fields(packet[11][0])
        assert event[11][0] in names
        if event[9] == [4]:
            series = values.setdefault(names[event[11][0]], [])
            series.append((packet[8][0], event[30][0]))
    points = REPORT['timeline']
    for name, key in ('used bytes', 'used'), ('held bytes', 'held'):
        times = [at for at, _ in values[name]]
        assert times == sorted(times)
        assert len(times) <= 3 * 1024
        assert values[name][-1][1] == points[-1][f'{key}_bytes']
        assert max(value for _, value in values[name]) == max(
            point[f'{key}_max_bytes'] for point in points)
    assert max(point['used_max_bytes'] for point in points) > 1 << 20 > max(
        point['used_bytes'] for point in points)
    parts = sum(series[-1][1] for name, series in values.items()
                if name not in ('used bytes', 'held bytes'))
    assert parts == points[-1]['held_bytes']
    assert any(event[9] == [3] for event in (
        fields(p[11][0]) for p in packets if 11 in p)) == any(
            row['at_ns'] for row in [*REPORT['findings'], *REPORT['marks']])


# The fields of perfetto's published schema that are used, by message: what each
# is. A varint of an enumeration has its values.
SCHEMA = {'Trace': {1: 'TracePacket'},
         'TracePacket': {8: 'uint64', 10: 'uint32', 11: 'TrackEvent',
                         13: 'uint32', 60: 'TrackDescriptor'},
         'TrackDescriptor': {1: 'uint64', 2: 'string', 3: 'ProcessDescriptor',
                             5: 'uint64', 8: 'CounterDescriptor'},
         'ProcessDescriptor': {1: 'int32', 2: 'string', 6: 'string'},
         'CounterDescriptor': {3: range(4)},
         'TrackEvent': {9: range(5), 11: 'uint64', 23: 'string', 30: 'int64'}}
REPEATED = {('Trace', 1), ('ProcessDescriptor', 2)}


def strictly(message, data):
    """The message, of which nothing is unknown or of another type."""
    found = fields(data)
    for number, values in found.items():
        assert number in SCHEMA[message], (message, number)
        kind = SCHEMA[message][number]
        assert len(values) == 1 or (message, number) in REPEATED, (message,
                                                                   number)
        for value in values:
            is_bytes = kind in SCHEMA or kind == 'string'
            assert isinstance(value, bytes) == is_bytes, (message, number)
            if kind in SCHEMA:
                strictly(kind, value)
            elif kind == 'string':
                # Of hostile names no control is left.
                assert value.decode().isprintable(), value
            elif isinstance(kind, range):
                assert value in kind, (message, number, value)
            else:
                assert value < 1 << (32 if kind == 'uint32' else 64)
    return found


@case
def perfetto_is_what_its_published_schema_says():
    packets = [fields(packet) for packet in strictly(
        'Trace', read(exported('perfetto')[0], 'rb'))[1]]
    counters, others = set(), set()
    for packet in packets:
        # One of what a packet may be; a time and a sequence for each.
        assert len({11, 60} & set(packet)) == 1 and {8, 10} < set(packet)
        if 60 in packet:
            track = fields(packet[60][0])
            of = counters if 8 in track else others
            assert track[1][0] not in counters | others and track[1][0] != 0
            assert 5 not in track or track[5][0] in counters | others
            of.add(track[1][0])
            continue
        event = fields(packet[11][0])
        # A counter's value, and nothing else, is on a counter's track.
        is_counter = event[9] == [4]
        assert set(event) == ({9, 11, 30} if is_counter else {9, 11, 23})
        assert event[11][0] in (counters if is_counter else others), event


class Page(html.parser.HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.links, self.open = [], '', [], []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        assert not any(key.startswith('on') for key, _ in attributes)
        self.links += [value for key, value in attributes
                       if key in ('href', 'src', 'xlink:href', 'action')]
        if tag not in ('meta', 'br'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.open and self.open[-1] != 'style':
            self.text += data


@case
def html_is_one_page_without_script_and_network():
    text = read(exported('html')[0], encoding='utf-8')
    page = Page(text)
    assert 'script' not in page.tags and not page.links
    assert 'url(' not in text and "default-src 'none'" in text
    assert len(text) < 2 << 20
    # Names are texts, and nothing else.
    assert '=1+1;"<..>alert (@evil<i>,"&.c:5)' in page.text, page.text
    assert {'svg', 'path', 'table'} <= set(page.tags)
    for sentence in REPORT['verdict']:
        assert sentence in page.text, sentence
    assert page.tags.count('table') == 4
    pin = REPORT['pins'][0]
    assert f'{pin["function"]} ({os.path.basename(pin["file"])}' in page.text
    # Its figures are those of the report.
    plain = output('build/rpscope', 'report', TRACE)
    held, = re.findall(r'TOTAL held +(\S+ \S+)', plain)
    shares = re.findall(r'^ +(\S+ \S+) .*program\.c:\d+$',
                        plain.partition('\nPINS')[2].partition('\n  share:')[0], re.M)
    assert len(shares) > 1
    for figure in [held, *shares]:
        assert figure in page.text, (figure, page.text)


@cases_for(['sites', 'pins', 'threads', 'timeline', 'totals', 'spans'])
def csv_has_the_rows_of_the_table(table):
    told = read(exported('csv', '--table', table)[0], newline='')
    rows = list(csv.DictReader(told.split('\r\n')))
    expected = json.loads(output('build/rpscope', 'query', table, '--format',
                                 'json', TRACE))['rows']
    assert len(rows) == len(expected) > 0
    for row, other in zip(rows, expected):
        for key, value in other.items():
            if isinstance(value, bool):
                assert row[key] == ('yes' if value else 'no')
            elif isinstance(value, int):
                assert int(row[key]) == value, key
    for row in csv.reader(told.split('\r\n')):
        for cell in row:  # no spreadsheet calculates
            assert not cell or cell[0] not in '=+@\t\r' and (
                cell[0] != '-' or re.fullmatch(r'-\d+', cell)), cell


@case
def a_formula_is_a_text_in_csv():
    told = export('csv', '--table', 'sites')
    assert '\n"\'=1+1;""<script>' in told, told
    assert ',"\'=1+1;""<..>alert < main' in told, told
    assert EVIL_FILE.replace('"', '""') + '",5,' in told, told


@cases_for(ALL)
def what_is_written_is_the_same_on_standard_output(how):
    to, told = exported(how)
    done = output('sh', '-c', f'build/rpscope export --format {how} "$1" > "$2"',
                  'sh', TRACE, path('stdout'))
    assert done == '' and read(path('stdout'), 'rb') == read(to, 'rb')
    assert told.startswith(f'rpscope: {to}: ') and told.endswith('.\n'), told
    assert f' {to}' in told[len(to) + 11:] or to in told.split(': ', 2)[2], told


@cases_for(ALL)
def a_full_disk_leaves_what_was_there(how):
    with small_disk('64k') as disk:
        to = os.path.join(disk, 'out')
        with open(to, 'w') as file:
            file.write('old')
        with open(os.path.join(disk, 'fill'), 'wb') as file:
            try:
                file.write(bytes(1 << 20))
            except OSError:
                pass
        told = export(how, '-o', to, status=2)
        assert f'cannot write "{to}": No space left' in told, told
        assert read(to) == 'old' and sorted(os.listdir(disk)) == ['fill', 'out']
    assert 'No space left' in export(how, '-o', '/dev/full', status=2)


@case
def what_cannot_be_written_is_told_and_nothing_is_left():
    for to, why in ((path('nowhere/out'), 'No such file'),
                    (path('program/out'), 'Not a directory'),
                    (path('') + '.', 'Is a directory')):
        told = export('pprof', '-o', to, status=2)
        assert f'cannot write "{to}": {why}' in told, told
        assert told.count('\n') == 1 and told.endswith('.\n'), told
    for words, why in ((['--metric', 'live_bytes'], '--metric chooses'),
                       (['--table', 'sites'], '--table is for csv')):
        assert why in export('pprof', *words, status=2)
    assert 'which table?' in export('csv', status=2)
    assert 'did you mean sites' in export('csv', '--table', 'site', status=2)
    assert '--format takes' in export('pprov', status=2)


@case
def without_stacks_there_is_time_and_the_page():
    trace = record('without.rptrace', '--stacks', 'none')
    for how in 'folded', 'pprof', 'speedscope':
        assert 'recorded without stacks' in export(how, trace=trace, status=2)
    used = report(trace=trace)['used_bytes']
    table = json.loads(export('firefox', trace=trace))['threads'][0]
    assert sum(table['nativeAllocations']['weight']) == used
    for how in 'perfetto', 'html':
        exported(how, trace=trace)


@cases_for(ALL)
def a_trace_that_is_cut_is_exported_and_told(how):
    whole = read(TRACE, 'rb')
    with open(path('cut.rptrace'), 'wb') as file:
        file.write(whole[:len(whole) * 3 // 4])
    to = path(f'cut.{how}')
    told = export(how, '--no-rescue', '-o', to, trace=path('cut.rptrace'),
                  status=4)
    assert os.path.exists(to) and told.count('rpscope: ') >= 2, told


main()
