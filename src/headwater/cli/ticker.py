"""Something done every so often, in a thread of its own, while a run is under way."""

import threading
from collections.abc import Callable


class Ticker:
    """Starts late and ends soon: a fork must not happen beside its thread."""

    def __init__(self, every_s: float, action: Callable[[], None]) -> None:
        self._every_s = every_s
        self._action = action
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="headwater-ticker", daemon=True)

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the action is not under way and will not begin again."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self._action()
