"""protobuf.py - what is in a message of protocol buffers."""


def fields(message):
    """Protocol buffers: field -> values, of varints and bytes."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(message):
        key = varint()
        value = varint()
        if key & 7 == 2:
            assert at + value <= len(message)
            value, at = message[at:at + value], at + value
        else:
            assert key & 7 == 0, key
        found.setdefault(key >> 3, []).append(value)
    return found


def packed(data):
    """Varints in a row."""
    values, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            values.append(value)
            value = shift = 0
    return values
