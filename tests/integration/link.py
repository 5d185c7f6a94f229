"""link: the broker link in Python, for tests: its table is read from src/link/messages.h."""

import re
import struct

import bulwark

TIME_NEVER = -(1 << 63)

_HEADER = (bulwark.ROOT / "src/link/messages.h").read_text()
_FIELDS = {
    name: [(kind, field, more.strip()) for kind, field, more in
           re.findall(r"^    ([UIETBDGL])\(t, (\w+)(?:, (\w+))?\)", body, re.M)]
    for name, body in re.findall(r"#define LINK_(\w+)_FIELDS\(.*\) \\\n((?:    .*\n)+)", _HEADER)}
_TYPES = re.findall(r"^    X\((\w+), \w+, (UP|DOWN), (\d+)\)", _HEADER, re.M)
NUMBERS = {name: int(number) for name, _, number in _TYPES}
NAMES = {number: name for name, number in NUMBERS.items()}
PROTOCOL = int(re.search(r"LINK_PROTOCOL = (\d+)", _HEADER).group(1))


def words(name):
    """The words of one list of the table, in their order: words("ENDS")."""
    body = re.search(r"#define LINK_%s\(X\)((?:.*\\\n)*.*\n)" % name, _HEADER).group(1)
    return re.findall(r"X\((\w+)\)", body)


def _number(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes(value):
    return _number(0) if value is None else _number(len(value) + 1) + value


def _write(kind, more, value):
    if kind in "UE":
        return _number(int(value or 0))
    if kind == "I":
        value = value or 0
        return _number(value << 1 if value >= 0 else (-value << 1) - 1)
    if kind == "T":
        return _bytes(None if value is None else value.encode())
    if kind in "BDG":
        return _bytes(value)
    rows = [_row(more.upper(), row) for row in value or []]
    body = b"".join(rows)
    return _number(len(rows)) + _number(len(body)) + body


def _row(name, values):
    known = [field for _, field, _ in _FIELDS[name]]
    if not isinstance(values, dict):
        values = {known[0]: values}     # a row of one field
    unknown = set(values) - set(known)
    assert not unknown, f"{name} has no {unknown}"
    return b"".join(_write(kind, more, values.get(field)) for kind, field, more in _FIELDS[name])


def frame(name, /, **values):
    """One message as bytes; what is not given is 0 or absent."""
    body = bytes([NUMBERS[name]]) + _row(name, values)
    return struct.pack("<I", len(body)) + body


class Reader:
    """Bytes as they come, to (name, {field: value}), a message at a time."""

    def __init__(self):
        self.data, self.at = b"", 0

    def feed(self, data):
        self.data += data
        while len(self.data) >= 4:
            (length,) = struct.unpack_from("<I", self.data)
            if len(self.data) < 4 + length:
                return
            body, self.data = self.data[4:4 + length], self.data[4 + length:]
            name = NAMES[body[0]]
            values, at = self.row(name, body, 1)
            assert at == len(body), f"{name}: {len(body) - at} bytes too many"
            yield name, values

    def number(self, body, at):
        value = shift = 0
        while True:
            byte = body[at]
            value |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                return value, at

    def field(self, kind, more, body, at):
        value, at = self.number(body, at)
        if kind in "UE":
            return value, at
        if kind == "I":
            return (value >> 1) ^ -(value & 1), at
        if kind in "TBDG":
            if value == 0:
                return None, at
            taken = body[at:at + value - 1]
            assert len(taken) == value - 1
            return taken.decode() if kind == "T" else taken, at + value - 1
        _, at = self.number(body, at)
        rows = []
        for _ in range(value):
            row, at = self.row(more.upper(), body, at)
            rows.append(row if len(row) > 1 else next(iter(row.values())))
        return rows, at

    def row(self, name, body, at):
        values = {}
        for kind, field, more in _FIELDS[name]:
            values[field], at = self.field(kind, more, body, at)
        return values, at
