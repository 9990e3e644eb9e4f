"""A second reader of traces, written from TRACE-FORMAT.md alone.

It shares no code with the recorder or the viewer. Slow and plain: for tests.
The schema is read out of TRACE-FORMAT.md's tables, so that the document is
what the tests check the recorder against.
"""
import collections
import ctypes
import os
import re
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
FORMAT = os.path.join(HERE, '..', '..', 'instrument', 'TRACE-FORMAT.md')
SLOTS = 1024
META, EVENTS, STACKS, TEXTS, MODULES, CLASSES, CLOCK, TRAILER = range(1, 9)


def crc32c(data, table=[]):
    if not table:
        for byte in range(256):
            for _ in range(8):
                byte = byte >> 1 ^ (0x82f63b78 if byte & 1 else 0)
            table.append(byte)
    crc = 0xffffffff
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xffffffff


def unzstd(data, size, library=[]):
    if not library:
        library.append(ctypes.CDLL('libzstd.so.1'))
        library[0].ZSTD_decompress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(size or 1)
    got = library[0].ZSTD_decompress(out, ctypes.c_size_t(size), data,
                                     ctypes.c_size_t(len(data)))
    assert got == size, 'zstd: %d bytes instead of %d' % (got, size)
    return out.raw[:size]


def schema():
    """(columns, {code: (name, [columns])}) of the tables in the document."""
    with open(FORMAT) as file:
        text = file.read()
    columns = re.findall(r'^\| (\d+) \| `(\w+)` \|', text, re.M)
    assert [int(n) for n, _ in columns] == list(range(len(columns)))
    events = {}
    for code, name, fields in re.findall(
            r'^\| (\d+) \| (\w+) \| ((?:`\w+`(?:, )?)+) \|', text, re.M):
        events[int(code)] = name, re.findall(r'`(\w+)`', fields)
    return [name for _, name in columns], events


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def __bool__(self):
        return self.at < len(self.data)

    def varint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]


def unzigzag(code):
    return code >> 1 ^ -(code & 1)


class Predictor:
    def __init__(self, columns):
        self.last = dict.fromkeys(columns, 0)
        self.span = 0
        self.tables = {name: [0] * SLOTS for name in
                       ('STACK', 'SIZE', 'ALLOC_SPAN', 'block')}

    def slot(self, key):
        return (key * 0x9e3779b97f4a7c15 & 2**64 - 1) >> 54

    def place(self, column):
        """(table, index) of the prediction, or None: the last value."""
        if column == 'STACK':
            return self.tables['STACK'], self.slot(self.last['STACK'])
        if column == 'SIZE':
            return self.tables['SIZE'], self.slot(self.last['STACK'])
        if column == 'ALLOC_SPAN':
            return self.tables['ALLOC_SPAN'], self.slot(self.last['SIZE'])
        if column in ('ALLOC_BLOCK', 'FREE_BLOCK'):
            return self.tables['block'], self.slot(self.span)
        return None

    def value(self, column, difference):
        place = self.place(column)
        if column == 'FREE_SPAN':
            expected = self.span
        else:
            expected = place[0][place[1]] if place else self.last[column]
        value = expected + difference & 2**64 - 1
        if column in ('ALLOC_SPAN', 'FREE_SPAN'):
            self.span = value
        if place:
            place[0][place[1]] = value + (column == 'ALLOC_BLOCK')
        self.last[column] = value
        return value


def decode_events(payload, header, columns, events):
    """[(name, time, {..} or [values])] of one block."""
    rest, streams = Bytes(payload), {}
    for column in columns:
        size, = struct.unpack('<I', rest.take(4))
        streams[column] = Bytes(rest.take(size))
    assert not rest, 'bytes after the last column'
    predictor, time, result = Predictor(columns), header['first_time'], []
    for code in streams['TYPE'].data:
        name, fields = events[code]
        time += streams['TIME'].varint()
        values = [predictor.value(f, unzigzag(streams[f].varint()))
                  for f in fields]
        result.append((name, time, values))
    streams['TYPE'].at = len(streams['TYPE'].data)
    for column, stream in streams.items():
        assert not stream, 'bytes left in column ' + column
    assert len(result) == header['event_count']
    assert time == header['last_time']
    return result


HEADER = ('magic kind codec stored raw event_count ring payload_crc '
          'first_sequence first_time last_time reserved header_crc').split()


class Trace:
    def __init__(self, path):
        columns, schema_events = schema()
        with open(path, 'rb') as file:
            data = file.read()
        (magic, self.version, header_bytes, self.start_unix_ns, self.trace_id,
         self.parent_id, self.process_id, crc) = struct.unpack_from(
             '<8sIIQQQII', data)
        assert magic == b'RPTRACE\0' and header_bytes == 48
        assert crc32c(data[:44]) == crc
        self.meta, self.stacks, self.texts, self.modules = {}, [(0, 0)], {}, {}
        self.classes, self.clock, self.trailer = [], [], None
        self.points, self.blocks, self.rings = [], [], {}
        self.cut = False
        at = header_bytes
        while at < len(data):
            if at + 64 > len(data):
                self.cut = True
                break
            header = dict(zip(HEADER, struct.unpack_from('<8I3Q2I', data, at)))
            assert header['magic'] == 0x4b425052
            assert crc32c(data[at:at + 60]) == header['header_crc']
            stored = data[at + 64:at + 64 + header['stored']]
            if len(stored) < header['stored']:
                self.cut = True
                break
            assert crc32c(stored) == header['payload_crc']
            payload = (unzstd(stored, header['raw']) if header['codec'] == 1
                       else stored)
            assert len(payload) == header['raw']
            at += 64 + header['stored']
            self.blocks.append(header)
            self.block(header, payload, columns, schema_events)

    def block(self, header, payload, columns, schema_events):
        kind, rest = header['kind'], Bytes(payload)
        if kind == EVENTS:
            ring = self.rings.setdefault(header['ring'], [])
            assert header['first_sequence'] == len(ring)
            ring += decode_events(payload, header, columns, schema_events)
        elif kind == META:
            while rest:
                key, _, value = struct.unpack('<HHI', rest.take(8))
                key = rest.take(key).decode()
                self.meta[key] = rest.take(value).decode()
        elif kind == STACKS:
            number = rest.varint()
            assert number >= len(self.stacks)
            # What a drainer that was killed did not come to write.
            self.stacks += [(0, 0)] * (number - len(self.stacks))
            while rest:
                parent = number - rest.varint()
                base = self.stacks[parent][1]
                address = base + unzigzag(rest.varint()) & 2**64 - 1
                self.stacks.append((parent, address))
                number += 1
        elif kind == TEXTS:
            while rest:
                number = rest.varint()
                self.texts[number] = rest.take(rest.varint()).decode()
        elif kind == MODULES:
            while rest:
                number, start, end, bias = (rest.varint() for _ in range(4))
                build_id = rest.take(rest.varint()).hex()
                path = rest.take(rest.varint()).decode()
                self.modules[number] = start, end, bias, build_id, path
        elif kind == CLASSES:
            self.classes += struct.iter_unpack('<II', payload)
        elif kind == CLOCK:
            self.clock += struct.iter_unpack('<QQ', payload)
        elif kind == TRAILER:
            names = ('events lost_events duration_ns held_bytes '
                     'peak_held_bytes peak_held_time in_use_bytes '
                     'peak_in_use_bytes exit_kind point_count').split()
            self.trailer = dict(zip(names, struct.unpack_from('<8Q2I', payload)))
            self.points = list(struct.iter_unpack('<4Q', payload[72:]))
            assert len(self.points) == self.trailer['point_count']

    def events(self):
        """Every event as (time, ring, name, values), in causal order."""
        merged = [(time, ring, i, name, values)
                  for ring, list_ in self.rings.items()
                  for i, (name, time, values) in enumerate(list_)]
        merged.sort(key=lambda e: e[:3])
        return [(time, ring, name, values)
                for time, ring, _, name, values in merged]

    def frames(self, node):
        """Return addresses, innermost first."""
        result = []
        while node:
            node, address = self.stacks[node][0], self.stacks[node][1]
            result.append(address)
        return result

    def named(self, *names):
        """The values of all events of these names, in causal order."""
        return [values for _, _, name, values in self.events()
                if name in names]


ALLOCS = 'ALLOC', 'CALLOC', 'ALIGNED', 'REALLOC'


class Model:
    """The heap as the events tell it; faults lists what cannot be."""

    def __init__(self, trace):
        self.live = {}      # (span, block) -> bytes asked for
        self.classes = {}   # span -> class
        self.deferred = collections.Counter()  # span -> blocks
        self.held, self.segments, self.huge = 0, {}, {}
        self.peak_held = 0
        self.faults, self.walked, self.layout = [], False, trace.meta
        for time, ring, name, values in trace.events():
            getattr(self, name.lower(), lambda *_: None)(*values)
            self.peak_held = max(self.peak_held, self.held)

    def fault(self, *what):
        self.faults.append(what)

    def alloc(self, stack, size, span, block, alignment=None):
        if (span, block) in self.live:
            self.fault('allocated while live', span, block)
        if span not in self.classes:
            self.fault('block of an unknown span', span, block)
        self.live[span, block] = size

    calloc = aligned = realloc = alloc

    def free(self, span, block):
        if self.live.pop((span, block), None) is None:
            self.fault('freed while not live', span, block)

    def free_deferred(self, span, block):
        self.free(span, block)
        self.deferred[span] += 1

    def resize(self, stack, size, span, block):
        if (span, block) not in self.live:
            self.fault('resized while not live', span, block)
        self.live[span, block] = size

    def span_acquire(self, span, count, heap, class_, place):
        self.classes[span] = class_

    def span_release(self, span, count, heap, place):
        if self.deferred[span]:
            self.fault('released with deferred blocks', span)

    def deferred_collect(self, span, heap, count):
        self.deferred[span] -= count
        if self.deferred[span] < 0:
            self.fault('collected more than was freed', span)

    def segment_map(self, segment, address, size, first_span, count):
        self.segments[segment] = size
        self.held += size

    def segment_unmap(self, segment):
        self.held -= self.segments.pop(segment)

    def span_decommit(self, span, offset, size):
        self.held -= size
        self.segments[span // int(self.layout['spans_per_segment'])] -= size

    def span_commit(self, span, offset, size):
        self.span_decommit(span, offset, -size)

    def huge_map(self, span, address, size):
        self.classes[span] = 254
        self.huge[span] = size
        self.held += size

    def huge_unmap(self, span):
        self.held -= self.huge.pop(span)

    def bookkeeping_map(self, address, size):
        self.held += size

    def bookkeeping_unmap(self, address, size):
        self.held -= size

    def walk_begin(self, count):
        self.walked = True
        self.counted = {}
        live = collections.Counter(self.classes[s] for s, _ in self.live)
        deferred = collections.Counter()
        for span, count in self.deferred.items():
            deferred[self.classes[span]] += count
        self.expected = {c: (live[c], deferred[c])
                         for c in set(live) | set(deferred)
                         if live[c] or deferred[c]}

    def walk_class(self, class_, spans, live, deferred):
        self.counted[class_] = live, deferred

    def walk_end(self, count):
        if self.counted != self.expected:
            self.fault('the allocator counts', self.counted,
                       'the events say', self.expected)
