"""What a card and its components are: the classes that authors derive from, and what passes between them.

current.card.append(component) ─► rendered: Fragment ─┐
                                                      ├─► Card(options, components, graph, flow).render(task) ─► HTML
                         a client Task of the attempt ─┘

A card is kept as one HTML page that needs no other file. What is not known while it is rendered stands in it as a
placeholder (LOG_TAIL, ENDED), which whoever reads the card fills in.

While the task runs, `current.card.refresh()` makes a page by `render_runtime` and a document of data by `refresh`. A
viewer that shows the page already sends it what has changed, as a message of the browser (MESSAGE):

    {"type": "headwater-card", "components": {id: {"html": fragment, "data": to_data()}}, "user": ..., "log": fragment}

The page puts each fragment into its element `data-component="<id>"`, and the log's into `data-log`; it is loaded again
only when the card's reload token changes.

The card of type "error" stands in the place of one that could not be made: its options are `title` and `message` (a
sentence each) and `detail` (a traceback, or ""), and it does not count on the task to answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from headwater import plugins
from headwater.wording import markup

#: In a page: becomes `<div data-log>` around a `<pre>` with the end of what the task printed, or a `<p>` if it did not.
LOG_TAIL = "<!--headwater:log-tail-->"
#: In a page: becomes text, "ended", when, and after how long; while the attempt runs, that it does.
ENDED = "<!--headwater:ended-->"
#: The type of the browser's message that tells an open page what its components hold by now.
MESSAGE = "headwater-card"
#: What a frame lets a card in it do: run its script, open its links, save its charts; it reaches nothing around it.
SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox allow-downloads"

ReloadPolicy = Literal["never", "always", "onchange"]


class Fragment(str):
    """The HTML of one component, ready to stand in a page, with what a live page needs to replace it."""

    __slots__ = ("data", "id")

    id: str  # unique in its card
    data: Any  # plain values (what JSON can hold), or None

    def __new__(cls, html: str, id: str = "", data: Any = None) -> "Fragment":
        fragment = super().__new__(cls, html)
        fragment.id, fragment.data = id, data
        return fragment


class Component:
    """One part of a card. Authors derive from it and define `render`."""

    REALTIME_UPDATABLE: ClassVar[bool] = False

    id: str | None = None  # given by `current.card.append(component, id=...)`, else made there

    @property
    def component_id(self) -> str | None:
        return self.id

    def render(self) -> str:
        """An HTML fragment; what stands in it must be escaped already."""
        raise NotImplementedError(f"{type(self).__name__} has no render(). Define it: it returns HTML as text.")

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Change what the component holds; `current.card.refresh()` shows it."""
        raise NotImplementedError(f"{type(self).__name__} cannot be updated. Define update() in it.")

    def to_data(self) -> Any:
        """What the component holds as plain values, for `Card.get_data()` and live pages; None: only its HTML."""
        return None

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        html: str = plugins.load("face", "component")(self)
        return html


class Card:
    """A report of a task. Authors derive from it, name a `type` and define `render`."""

    type: ClassVar[str] = ""
    ALLOW_USER_COMPONENTS: ClassVar[bool] = False  # `current.card.append` reaches it
    RUNTIME_UPDATABLE: ClassVar[bool] = False  # `render_runtime` and `refresh` show it while the task runs
    RELOAD_POLICY: ClassVar[ReloadPolicy] = "never"

    scope: ClassVar[str] = "task"

    def __init__(
        self,
        options: Mapping[str, Any] | None = None,
        components: Sequence[str] = (),
        graph: Mapping[str, Any] | None = None,
        flow: Any = None,
    ) -> None:
        """`components`: Fragments, in the order of the page; `graph`: as `current.graph`; `flow`: the step's own."""
        self.options = dict(options or {})
        self.components = list(components)
        self.graph = graph
        self.flow = flow

    def render(self, task: Any) -> str:
        """The page, of a client Task that may not be committed yet: its artifacts and metadata answer."""
        raise NotImplementedError(f"{type(self).__name__} has no render(task). Define it: it returns HTML as text.")

    def render_runtime(self, task: Any, data: Any) -> str:
        """The page while the task runs. `data`: {"mode", "user": what `refresh(data)` was given, "components"}."""
        raise NotImplementedError(f"{type(self).__name__} has no render_runtime(task, data), so it is not shown live.")

    def refresh(self, task: Any, data: Any) -> dict[str, Any] | None:
        """The data that a page which is open already is sent: plain values."""
        return dict(data)

    def reload_content_token(self, task: Any, data: Any) -> str:
        """A text that changes when an open page has to be loaded anew; asked where RELOAD_POLICY is "onchange"."""
        return "once"


def rendered(component: object, id: str) -> Fragment:
    """A component's fragment; one that cannot be rendered becomes a fragment that says why."""
    render = getattr(component, "render", None)
    if render is None:
        return failed_fragment(id, f"{type(component).__name__} is no component: it has no render().")
    try:
        html = render()
        data = component.to_data() if isinstance(component, Component) else None
    except Exception as exc:  # noqa: BLE001  the author's component; the rest of the card is worth showing
        return failed_fragment(id, f"{type(component).__name__} could not be rendered: {type(exc).__name__}: {exc}")
    if not isinstance(html, str):
        return failed_fragment(
            id, f"{type(component).__name__}.render() returned {type(html).__name__}, not HTML text."
        )
    return Fragment(html, id, data)


def failed_fragment(id: str, message: str) -> Fragment:
    """A fragment in the place of one that could not be made."""
    return Fragment(f'<div class="failed" role="alert">{markup(message)}</div>', id)
