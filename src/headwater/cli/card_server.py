"""`card server`: a local viewer of cards, for this machine only.

GET /             the viewer
GET /cards?run=R  the runs that can be chosen, and the cards of one: JSON
GET /card/KEY     the page of a card, which may run scripts and reach nothing
GET /data/KEY     what the components of a live card hold, and the end of the log: JSON
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click

from headwater.cards.base import SANDBOX
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.reading import find, reader_of, with_run
from headwater.cli.streams import Sink
from headwater.cli.tag_target import find_scope
from headwater.client.card_finding import tasks_with_cards
from headwater.client.cards import TaskCard, get_cards
from headwater.client.objects import Task
from headwater.client.reader import Reader
from headwater.errors import HeadwaterError, NotFound, UsageError
from headwater.html.card_viewer import viewer_page
from headwater.metadata.query import RunQuery
from headwater.names import Pathspec

_MOST_RUNS = 25
_PAGE_POLICY = f"sandbox {SANDBOX}; frame-ancestors 'self'"
_VIEWER_POLICY = "default-src 'self' 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


def server_command(flow: str | None) -> click.Command:
    def serve(
        shared: Shared,
        pathspec: str | None,
        run_id: str | None,
        port: int,
        namespace: str | None,
        poll_interval: float,
        max_cards: int,
    ) -> None:
        reader = reader_of(shared)
        scope = find_scope(namespace)
        said = run_id or pathspec
        place = with_run(reader, find(reader, said, flow)) if said else None
        site = Site(reader, flow or (place.flow if place else None), place, scope, max_cards)
        site.runs()  # refuses a root in which there is nothing to show
        with _listen(port, site, poll_interval) as server:
            address = f"http://127.0.0.1:{server.server_port}/"
            if shared.json:
                Sink(sys.stdout).write(to_line({"address": address}))
            else:
                say(f"Cards are shown at {address}  (Ctrl-C ends it)")
            try:
                server.serve_forever(poll_interval=0.2)
            except KeyboardInterrupt:
                say("The viewer has ended.")

    metavar = "[RUN]" if flow else "[FLOW[/RUN]]"
    return command_with(
        "server",
        serve,
        [
            click.Argument(["pathspec"], required=False, metavar=metavar),
            click.Option(["run_id", "--run-id"], metavar="RUN", help="The run that is shown first; else the newest."),
            click.Option(["port", "--port"], type=click.IntRange(0, 65535), default=8324, show_default=True),
            click.Option(["namespace", "--namespace"], metavar="TAG", help="Whose runs are offered; '' for all."),
            click.Option(
                ["poll_interval", "--poll-interval"],
                type=click.FloatRange(min=0.1),
                default=5,
                show_default=True,
                metavar="SECONDS",
                help="How often the page asks for news.",
            ),
            click.Option(
                ["max_cards", "--max-cards"],
                type=click.IntRange(min=1),
                default=30,
                show_default=True,
                help="How many cards of a run are listed, those of the last steps first.",
            ),
        ],
        shown={"--json", "--datastore-root"},
        help="Show cards in a browser, those of running tasks as they change, until Ctrl-C.",
    )


class Site:
    """What the viewer can ask; one question at a time."""

    def __init__(self, reader: Reader, flow: str | None, first: Pathspec | None, scope: str | None, most: int) -> None:
        self._reader = reader
        self._flow = flow
        self._first = first
        self._scope = scope
        self._most = most
        self._lock = Lock()
        self._cards: dict[str, TaskCard] = {}

    def runs(self) -> list[str]:
        """The pathspecs of the runs that can be chosen, the newest first."""
        tags = (self._scope,) if self._scope else ()
        rows = self._reader.runs(RunQuery(flow=self._flow, tags=tags, limit=_MOST_RUNS))
        found = [f"{row.flow}/{row.run_id}" for row in rows]
        if self._first is not None:
            found = list(dict.fromkeys([f"{self._first.flow}/{self._first.run}", *found]))
        if not found:
            what = f"There is no run of {self._flow or 'any flow'} in {self._reader.root} to show cards of."
            raise NotFound(f"{what} Those of others are shown with --namespace ''")
        return found

    def cards(self, asked: str) -> dict[str, Any]:
        """The cards of a run: of the one that was asked for if it can be chosen, else of the first."""
        with self._lock:
            runs = self.runs()
            run = asked if asked in runs else runs[0]
            place = Pathspec.parse(run)
            assert place.run is not None
            tasks = list(tasks_with_cards(self._reader, place))
            found = _cards_of(tasks[-self._most :])
            self._cards.update(found)
            return {
                "run": run,
                "runs": runs,
                "status": self._reader.status(place.flow, place.run),
                "cards": [_listed(key, card) for key, card in list(found.items())[: self._most]],
                "left_out": max(0, len(tasks) - self._most) or max(0, len(found) - self._most),
            }

    def page(self, key: str) -> str:
        with self._lock:
            return self._card(key).get()

    def data(self, key: str) -> dict[str, Any]:
        with self._lock:
            card = self._card(key)
            return {**(card.get_data() or {}), "log": card.log_tail()}

    def _card(self, key: str) -> TaskCard:
        card = self._cards.get(key)
        if card is None:
            raise NotFound(f"There is no card {key!r} here. Load the viewer again.")
        return card


def _cards_of(tasks: Sequence[Task]) -> dict[str, TaskCard]:
    """By key, live ones first, then those of the last task."""
    cards = [(f"{task.pathspec}/{n}", card) for task in reversed(tasks) for n, card in enumerate(get_cards(task))]
    return dict(sorted(cards, key=lambda one: not one[1].live))


def _listed(key: str, card: TaskCard) -> dict[str, Any]:
    return {
        "key": key,
        "task": "/".join(card.pathspec.split("/")[2:]),
        "type": card.type,
        "id": card.id,
        "failed": card.failed,
        "live": card.live,
        "version": "live" if card.live else card.hash,
    }


def _listen(port: int, site: Site, poll_s: float) -> ThreadingHTTPServer:
    page = viewer_page(poll_s).encode()
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, site, page))
    except OSError as exc:
        raise UsageError(f"Port {port} cannot be listened at: {exc.strerror}. Choose another with --port.") from exc


class _Handler(BaseHTTPRequestHandler):
    """One request. Only pages that this server made may ask: a name that points here by DNS is refused."""

    server: ThreadingHTTPServer

    def __init__(self, site: Site, page: bytes, *arguments: Any) -> None:
        self._site = site
        self._page = page
        super().__init__(*arguments)

    def do_GET(self) -> None:
        port = self.server.server_port
        if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        url = urlsplit(self.path)
        room, _, key = url.path.lstrip("/").partition("/")
        try:
            self._answer(room, key, parse_qs(url.query).get("run", [""])[0])
        except HeadwaterError as exc:
            self.send_error(HTTPStatus.NOT_FOUND, explain=str(exc))
        except (BrokenPipeError, ConnectionResetError):
            pass  # the browser went on to something else

    def _answer(self, room: str, key: str, run: str) -> None:
        site = self._site
        rooms: dict[str, Callable[[], None]] = {
            "": lambda: self._send(self._page, "text/html", _VIEWER_POLICY),
            "cards": lambda: self._send(to_line(site.cards(run)), "application/json"),
            "card": lambda: self._send(site.page(key).encode("utf-8", "backslashreplace"), "text/html", _PAGE_POLICY),
            "data": lambda: self._send(to_line(site.data(key)), "application/json"),
        }
        if room not in rooms:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        rooms[room]()

    def _send(self, body: bytes, kind: str, policy: str = "default-src 'none'") -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing is said of requests."""
