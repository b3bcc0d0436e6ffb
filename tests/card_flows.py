"""What tests of cards share: an author's cards and components, and how cards of a run are had."""

from flow_project import Finished
from headwater.client.cards import CardContainer, get_cards
from headwater.client.objects import Task

MINE = """
from headwater import card
from headwater.cards import Card, Component, Markdown

class Note(Component):
    REALTIME_UPDATABLE = True
    def __init__(self, text): self.text = text
    def render(self): return f"<b>{self.text}</b>"
    def update(self, text): self.text = text
    def to_data(self): return self.text

class Slow(Component):
    def render(self): time.sleep(60)

class Mine(Card):
    type = "mine"
    ALLOW_USER_COMPONENTS = True
    RUNTIME_UPDATABLE = True
    def render(self, task):
        seen = sorted(artifact.id for artifact in task)
        return f"{task.pathspec}@{task.current_attempt} {task.status} {seen} {self.options} {''.join(self.components)}"
    def render_runtime(self, task, data):
        return f"live {task.status} {data['user']} {''.join(self.components)}"

class Raises(Card):
    type = "raises"
    def render(self, task): raise ValueError("no <such> thing")

class Hangs(Card):
    type = "hangs"
    def render(self, task):
        while True:
            try:
                time.sleep(60)
            except Exception:
                pass

class Exits(Card):
    type = "exits"
    def render(self, task): sys.exit(3)

class Wrong(Card):
    type = "wrong"
    def render(self, task): return 5
"""


def cards(ran: Finished, step: str, task_id: str = "0", attempt: int | None = None) -> CardContainer:
    return get_cards(Task(f"{ran.pathspec}/{step}/{task_id}", attempt, root=str(ran.project.root)))
