"""Takes secrets out of text: each becomes `***`, whatever pieces the text comes in.

A value is masked as it is, as Python, JSON, HTML, URLs and shells would write it, and line by line where it has several
lines.
"""

import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 4  # characters; a shorter one would be found everywhere
_SHORTEST_LINE = 8  # of a value with several lines, which may hold brackets and the like
_CUT = re.compile(rb"['\"]?(\.\.\.|\xe2\x80\xa6|$)")  # what follows where a text was cut
_LOWER = re.compile("%[0-9A-F]{2}")
_SIGNS = "*#-=~^█"


class Mask:
    """Hides some values. None of its methods raises."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values for form in _forms(value)}
        #: The longest first, so that of two that begin alike the longer one is found.
        self.forms = tuple(sorted((form.encode("utf-8", "surrogatepass") for form in forms), key=len, reverse=True))
        self.pattern = re.compile(b"|".join(map(re.escape, self.forms)) or rb"(?!)")
        self.sign = _sign_for(self.forms)

    def data(self, data: bytes) -> bytes:
        """Bytes without the values."""
        return self.pattern.sub(self.sign, data)

    def text(self, text: str) -> str:
        """Text without the values."""
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def cut_text(self, text: str) -> str:
        """Text that others have cut already: without the values, and without what a cut left of them."""
        data = self.data(text.encode("utf-8", "surrogatepass"))
        for form in self.forms:
            at = 0
            while (at := data.find(form[: _telling(form)], at)) >= 0:
                end = at + _telling(form)
                while data[end : end + 1] == form[end - at : end - at + 1] != b"":
                    end += 1
                cut = _CUT.match(data, end)
                data = data[:at] + self.sign + data[end:] if cut else data
                at += len(self.sign) if cut else 1
        return data.decode("utf-8", "replace")


class StreamMask:
    """The same for what comes in pieces: what may be the beginning of a value waits for what follows."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._rest = b""

    @property
    def rest(self) -> bytes:
        """What waits."""
        return self._rest

    def feed(self, data: bytes) -> bytes:
        """What is decided, of this piece and of what waited."""
        data, place, out = self._rest + data, 0, []
        while True:
            open_at = self._undecided(data, place)
            found = self._mask.pattern.search(data, place)
            if found is None or found.start() >= open_at:
                out.append(data[place:open_at])
                self._rest = data[open_at:]
                return b"".join(out)
            out += data[place : found.start()], self._mask.sign
            place = found.end()

    def flush(self) -> bytes:
        """The rest, at the end of the stream."""
        rest, self._rest = self._rest, b""
        return self._mask.data(rest)

    def _undecided(self, data: bytes, place: int) -> int:
        """Where the first beginning of a value stands that may go on behind the end; the end if there is none."""
        first = len(data)
        for form in self._mask.forms:
            at = max(place, len(data) - len(form) + 1)
            while (at := data.find(form[:1], at, first)) >= 0:
                if form.startswith(data[at:]):
                    first = at
                    break
                at += 1
        return first


def _telling(form: bytes) -> int:
    """How many bytes of its beginning are so much of a value that they are masked where a text was cut."""
    return min(8, max(SHORTEST, (len(form) + 1) // 2))


def is_short(value: str) -> bool:
    """Whether a value is too short to be masked."""
    return len(value.strip()) < SHORTEST


def _forms(value: str) -> Iterator[str]:
    if is_short(value):
        return
    value = value.strip()
    for whole in (value, *(line.strip() for line in value.splitlines() if len(line.strip()) >= _SHORTEST_LINE)):
        yield whole
        yield repr(whole)[1:-1]
        yield from _in_quotes(whole)
        yield json.dumps(whole)[1:-1]
        yield json.dumps(whole, ensure_ascii=False)[1:-1]
        data = whole.encode("utf-8", "surrogatepass")
        for url in (quote(data), quote(data, ""), quote_plus(data)):
            yield url
            yield _LOWER.sub(lambda code: code.group().lower(), url)
        bare = whole.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        yield bare
        yield bare.replace('"', "&quot;").replace("'", "&#x27;")


def _in_quotes(whole: str) -> Iterator[str]:
    """As it stands in longer text that Python or a shell puts between quotes for what else is in it."""
    yield repr(f"{whole}\"'")[1:-4]
    yield ascii(whole)[1:-1]
    yield ascii(f"{whole}\"'")[1:-4]
    yield whole.replace("'", "'\\''")
    yield whole.replace("'", "'\"'\"'")


def _sign_for(forms: tuple[bytes, ...]) -> bytes:
    """What stands for a value: of a sign that no value holds, or what stands beside it might make a value of it."""
    free = (sign.encode() for sign in _SIGNS)
    return next((sign for sign in free if not any(sign in form for form in forms)), "█".encode()) * 3
