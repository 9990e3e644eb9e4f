"""A second reader of traces, written from TRACE-FORMAT.md alone.

It shares no code with the recorder or the viewer. Slow and plain: for tests.
The schema is read out of TRACE-FORMAT.md's tables, so that the document is
what the tests check the recorder against.
"""
import bisect
import collections
import ctypes
import os
import re
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
FORMAT = os.path.join(HERE, '..', '..', '..',
                      'instrument', 'TRACE-FORMAT.md')
META, EVENTS, STACKS, TEXTS, MODULES, CLASSES, CLOCK, TRAILER, NAMES = range(
    1, 10)


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


UNSIGNED = 'PACE', 'TIME'  # of the columns of events; all else is a difference


def numbers(column, data):
    """What is in a column, one after another."""
    if data.isascii():
        values = data
    else:
        values, rest = [], Bytes(data)
        while rest:
            values.append(rest.varint())
    return iter(values if column in UNSIGNED else map(unzigzag, values))


G = 0x9e3779b97f4a7c15
MASK = 2**64 - 1
NONE = MASK, MASK


def slot(key, bits):
    """Where a table of the format with 2**bits entries has that of a key. A
    table is a dict here: what is not in it is zero."""
    return (key * G & MASK) >> (64 - bits)


class Block:
    """The events of one block, one after another."""

    def __init__(self, streams, events, first_time):
        self.streams, self.events = streams, events
        self.time, self.sixteenths = first_time, 0
        self.pace = [next(streams['PACE']) for _ in range(8)]
        self.plain = collections.Counter()
        self.stack = self.context = 0
        self.asks, self.sizes, self.spans, self.below = {}, {}, {}, {}
        self.next, self.freed, self.fresh = {}, {}, {}
        self.told, self.told_spans, self.told_blocks = 0, {}, {}
        self.last, self.last_life = NONE, 0
        self.lives, self.row = [None], []   # places by life; lives
        self.ended, self.after, self.before = 0, None, None
        self.distances, self.usual = (0, 0), {}

    def difference(self, column, expected):
        return expected + next(self.streams[column]) & MASK

    def fields(self, names):
        values = []
        for name in names:
            self.plain[name] = self.difference(name, self.plain[name])
            values.append(self.plain[name])
        return values

    def step(self):
        self.time += next(self.streams['TIME'])
        self.sixteenths = 0

    def event(self, byte):
        if byte < 0x80:
            name, fields = self.events[byte]
            self.step()
            return name, self.time, self.fields(fields)
        code, bits = (byte >> 4 & 7) + 1, byte & 15
        name, fields = self.events[code]
        if bits & 8:
            sixteenths = self.sixteenths + self.pace[code - 1]
            self.time += sixteenths // 16
            self.sixteenths = sixteenths % 16
        else:
            self.step()
        if code in (5, 6, 8):
            self.context = (self.context + code) * G & MASK
            values = self.name(bits & 7, frees=code != 8)
        else:
            values = list(self.ask(code, bits))
            if code == 7:
                values += self.name(bits & 1, frees=False)
            else:
                values += self.allocation(bits, values[1])
                values += self.fields(fields[4:])
        return name, self.time, list(values)

    def ask(self, code, bits):
        asked = slot(self.context + code, 11)
        stack, size = self.asks.get(asked, (0, 0))
        if not bits & 4:
            stack = self.difference('STACK', self.stack)
            size = self.sizes.get(slot(stack, 10), 0)
        if not bits & 2:
            size = self.difference('SIZE', size)
        if bits & 6 != 6:
            self.asks[asked] = stack & 2**32 - 1, size & 2**32 - 1
            self.sizes[slot(stack, 10)] = size & 2**32 - 1
        self.context = (stack * G + self.stack) * G & MASK
        self.stack = stack
        return stack, size

    def allocation(self, bits, size):
        of_size = slot((size + 15 & MASK) // 16, 8)
        span = self.spans.get(of_size, 0)
        if not bits & 1:
            span = self.difference('ALLOC_SPAN', span)
        at = slot(span, 9)
        freed = self.freed.get(at, 0)
        block = self.next.get(at, 0)
        if block < 2:
            block = freed if freed > 1 else max(self.fresh.get(at, 0), 2)
        block -= 2
        if not bits & 1:
            block = self.difference('ALLOC_BLOCK', block)
        self.spans[of_size] = span & 2**32 - 1
        if freed == block + 2 & 0xffff:
            self.freed[at] = 1
        self.fresh[at] = block + 3 & 0xffff
        self.next[at] = (self.below.pop(slot(span << 32 | block, 14), 0) or
                         self.fresh[at])
        self.last, self.last_life = (span, block), len(self.lives)
        self.row.append(self.last_life)
        self.lives.append(self.last)
        return span, block

    def named(self, way):
        """The place, and the life that the way leads to, or 0."""
        if way == 0:
            told = slot(self.told, 9)
            span = self.difference('FREE_SPAN', self.told_spans.get(told, 0))
            at = slot(span, 9)
            block = self.difference('FREE_BLOCK', self.told_blocks.get(at, 0))
            self.told_spans[told] = span & 2**32 - 1
            self.told_blocks[at] = block & 2**32 - 1
            self.told = span
            return (span, block), 0
        if way == 1:
            return self.last, self.last_life
        if way == 2:
            life = self.row[-1]
        elif way == 3:
            life = self.after if self.ended else self.row[0]
        elif way == 4:
            life = self.before if self.ended else self.row[-1]
        elif way == 5:
            d, e = self.distances
            usual = self.usual.get(slot(d << 32 | e, 10), 0)
            life = self.ended + usual & 2**32 - 1
        else:
            assert way == 6
            life = self.ended + next(self.streams['DISTANCE'])
        assert life
        return self.lives[life], life

    def name(self, way, frees):
        place, life = self.named(way)
        self.last, self.last_life = place, 0 if frees else life
        if not frees:
            return place
        span, block = place
        at = slot(span, 9)
        self.below[slot(span << 32 | block, 14)] = self.freed.get(at, 0)
        self.freed[at] = block + 2 & 0xffff
        if life:
            at = bisect.bisect_left(self.row, life)  # they ascend
            assert self.row[at] == life
            self.before = self.row[at - 1] if at else None
            self.after = self.row[at + 1] if at + 1 < len(self.row) else None
            del self.row[at]
            distance = life - self.ended & 2**32 - 1
            d, e = self.distances
            self.usual[slot(d << 32 | e, 10)] = distance
            self.distances, self.ended = (distance, d), life
        return place


def decode_events(payload, header, columns, events):
    """[(name, time, [values])] of one block."""
    rest, streams = Bytes(payload), {}
    for column in columns:
        size, = struct.unpack('<I', rest.take(4))
        streams[column] = rest.take(size)
    assert not rest, 'bytes after the last column'
    types = streams.pop('TYPE')
    streams = {column: numbers(column, data)
               for column, data in streams.items()}
    block = Block(streams, events, header['first_time'])
    result = [block.event(byte) for byte in types]
    for column, stream in streams.items():
        assert next(stream, None) is None, 'bytes left in column ' + column
    assert len(result) == header['event_count']
    assert block.time == header['last_time']
    return result


def decode_names(rest):
    """{address: (start or None, [(function, file, line)])} of one block."""
    texts = [None]
    for _ in range(rest.varint()):
        texts.append(rest.take(rest.varint()).decode(errors='replace'))
    lists = []
    for _ in range(6):
        size, = struct.unpack('<I', rest.take(4))
        lists.append(Bytes(rest.take(size)))
    calls, starts, counts, *of_functions = lists
    names, address, start, last = {}, 0, None, [0, 0, 0]
    while calls:
        address += calls.varint()
        code, functions = starts.varint(), []
        if code != 1:
            start = address + 2 - code if code else None
        for _ in range(counts.varint()):
            last = [value + unzigzag(one.varint())
                    for value, one in zip(last, of_functions)]
            functions.append((texts[last[0]], texts[last[1]], last[2]))
        names[address] = start, functions
        assert functions
    assert not rest and not any(lists)
    return names


HEADER = ('magic kind codec stored raw event_count ring payload_crc '
          'first_sequence first_time last_time reserved header_crc').split()


FILE_HEADER = struct.Struct('<8sIIQQQII')


class Trace:
    def __init__(self, path):
        columns, schema_events = schema()
        with open(path, 'rb') as file:
            data = file.read()
        (magic, self.version, header_bytes, self.start_unix_ns, self.trace_id,
         self.parent_id, self.process_id, crc) = FILE_HEADER.unpack_from(data)
        assert magic == b'RPTRACE\0' and header_bytes == FILE_HEADER.size
        assert self.version in (2, 3, 4, 5)
        assert crc32c(data[:44]) == crc
        self.meta, self.stacks, self.texts, self.modules = {}, [(0, 0)], {}, {}
        self.classes, self.clock, self.trailer = [], [], None
        self.names = {}  # address -> (start of the function, functions)
        self.points, self.blocks, self.rings = [], [], {}
        self.merged = None  # once it was asked for
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
        elif kind == NAMES:
            self.names.update(decode_names(rest))

    def events(self):
        """Every event as (time, ring, name, values), in causal order."""
        if self.merged is None:
            merged = sorted((time, ring, i)
                            for ring, events in self.rings.items()
                            for i, (_, time, _) in enumerate(events))
            self.merged = [(time, ring, *self.rings[ring][i][::2])
                           for time, ring, i in merged]
        return self.merged

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
        self.runs = {}      # span -> how many there are in a row
        self.deferred = collections.Counter()  # span -> blocks
        self.held, self.segments, self.huge = 0, {}, {}
        self.peak_held = 0
        self.faults, self.walked, self.layout = [], False, trace.meta
        self.sizes = [block for block, _ in trace.classes]
        self.snapshots, self.telling = [], 0
        self.past = []      # bytes of blocks from before a fork
        methods = {name: getattr(self, name.lower(), lambda *_: None)
                   for name in {event[2] for event in trace.events()}}
        for self.time, ring, name, values in trace.events():
            methods[name](*values)
            if name != 'SNAPSHOT' and ring == 0 and self.telling:
                self.telling -= 1
            if self.held > self.peak_held and not self.telling:
                self.peak_held = self.held

    def fault(self, *what):
        self.faults.append(what)

    def alloc(self, stack, size, span, block, alignment=None):
        if (span, block) in self.live:
            self.fault('allocated while live', span, block)
        if span not in self.classes:
            self.fault('block of an unknown span', span, block)
        self.live[span, block] = size

    calloc = aligned = realloc = alloc

    def inherited(self, span, first, bits):
        class_ = self.classes[span]
        size = (self.sizes[class_] if class_ < len(self.sizes) else
                (self.huge[span] if class_ == 254 else
                 self.runs[span] * int(self.layout['span_bytes'])) -
                int(self.layout['large_header_bytes']))
        for block in range(64):
            if bits >> block & 1:
                self.alloc(0, size, span, first + block)
                self.past.append(size)

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
        self.runs[span] = count
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

    def snapshot(self, number, events, held):
        if number != len(self.snapshots) + 1:
            self.fault('snapshot', number, 'after', len(self.snapshots))
        self.snapshots.append({'time': self.time, 'held': held, 'classes': {},
                               'whole': events > 0})
        if events:
            self.live, self.classes, self.held = {}, {}, 0
            self.segments, self.huge = {}, {}
            self.deferred = collections.Counter()
            self.telling = events

    def snapshot_class(self, class_, spans, live):
        self.snapshots[-1]['classes'][class_] = spans, live

    def snapshot_end(self, classes):
        now, spans, live = self.snapshots[-1], collections.Counter(), {}
        now['live'] = dict(self.live)
        if now['held'] != self.held:
            self.fault('snapshot holds', now['held'], 'model', self.held)
        for span in {span for span, _ in self.live}:
            spans[self.same(span)] += 1
        live = collections.Counter(self.same(s) for s, _ in self.live)
        counted = {c: (spans[c], live[c]) for c in live}
        if counted != now['classes'] or classes != len(counted):
            self.fault('snapshot counts', now['classes'], 'model', counted)

    def same(self, span):
        """The class of the span, or the first with blocks of its size."""
        class_ = self.classes[span]
        if class_ >= len(self.sizes):
            return class_
        return self.sizes.index(self.sizes[class_])

    def pause(self, held):
        if held != self.held:
            self.fault('paused with', held, 'model', self.held)
