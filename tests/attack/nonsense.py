"""What attackers send: messages that are nearly right, and some that are nothing at all."""

import json
from typing import Any

from hypothesis import strategies as st

ODD_TEXTS = (
    "",
    "\0",
    "\ud800",
    "‮gnirts‬",
    "e\u0301" * 50,
    "a" * 70_000,
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "x\r\nSet-Cookie: a=b",
    "' OR 1=1 --",
    "%00%ff",
    "{{7*7}}",
    "٣",
    "NaN",
    "-0",
    "1e999",
    "2147483648",
    "99999999999999999999999999",
    "00000000-0000-0000-0000-000000000000",
    "9999-12-31T23:59:59Z",
    "0001-01-01",
)

texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=40))
values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**31, 2**53, 2**63, 2**64, -1, 10**400]),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(texts, st.sampled_from(["type", "id", "session"])), inner, max_size=4),
    ),
    max_leaves=8,
)


def nearly(whole: dict[str, Any]) -> st.SearchStrategy[Any]:
    """The object with one of its values, or one within it, replaced or left out."""
    return st.tuples(st.sampled_from([*_places(whole)]), values, st.booleans()).map(
        lambda drawn: _changed(whole, drawn[0], drawn[1], is_gone=drawn[2])
    )


def as_text(message: Any) -> str:
    """JSON as Python writes it, lone surrogates as escapes."""
    return json.dumps(message)


def _places(whole: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    entries = (
        whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    )
    for name, value in entries:
        found += _places(value, (*path, name))
    return found


def _changed(whole: Any, path: tuple[Any, ...], value: Any, *, is_gone: bool) -> Any:
    copy = json.loads(json.dumps(whole))
    at = copy
    for name in path[:-1]:
        at = at[name]
    if is_gone:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copy


@st.composite
def broken(draw: Any, whole: bytes) -> bytes:
    """The bytes with some of them changed, cut out, doubled or left out at the end."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.integers(0, 4)):
            case 0:
                data[at : at + 1] = draw(st.binary(min_size=1, max_size=1))
            case 1:
                del data[at : at + draw(st.integers(1, 400))]
            case 2:
                data[at:at] = data[at : at + draw(st.integers(1, 400))]
            case 3:
                data[at : at + 4] = draw(
                    st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0"])
                )
            case 4:
                del data[draw(st.integers(0, len(data))) :]
    return bytes(data)


@st.composite
def broken_text(draw: Any, whole: str) -> str:
    """The text with some of its lines doubled, left out, in another order, or with something else in them."""
    lines = whole.splitlines()
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        match draw(st.integers(0, 4)):
            case 0:
                lines.insert(at, draw(texts))
            case 1 if lines:
                lines[at] = lines[at][: draw(st.integers(0, 20))] + draw(texts)
            case 2:
                lines += lines[at:] * draw(st.integers(1, 30))
            case 3:
                del lines[at : at + 3]
            case 4:
                lines[at:at] = [line for line in lines if line.startswith("m=")]
    return "\r\n".join(lines)
