"""From an exception to a message and an exit code: the one place.

0 done; 1 the run or command failed; 2 usage; 130 interrupted; 143 terminated.
"""

import gc
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

import click

from headwater.cli.problems import problem_lines
from headwater.cli.streams import Sink, silence
from headwater.errors import HeadwaterError, LintError, UsageError

DONE = 0
FAILED = 1
USAGE = 2
INTERRUPTED = 130


def leave(code: int) -> NoReturn:
    """End the process. Its memory goes with it: the collector need not look for cycles among all that was imported."""
    gc.freeze()
    sys.exit(code)


def guarded(action: Callable[[], int | None]) -> int:
    """The exit code of a command; what it raised is on stderr."""
    try:
        code = action() or DONE
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        _show(exc)
        return exc.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        silence(sys.stdout)
        return DONE
    except LintError as exc:
        say("\n".join(problem_lines(exc.flow, exc.problems)))
        return FAILED
    except HeadwaterError as exc:
        say(str(exc))
        return USAGE if isinstance(exc, UsageError) else FAILED
    except UnicodeEncodeError as exc:  # a name in the bytes of another encoding
        say(f"{exc.object!r} is no Unicode text, so nothing can have this name. Give another.")
        return FAILED
    except Exception:  # noqa: BLE001 - the last resort: it is shown whole
        say(traceback.format_exc().rstrip())
        say("This is a fault in Headwater, not in your flow. Please report it with the lines above.")
        return FAILED
    return code


def _show(exc: click.ClickException) -> None:
    """As click shows it; of an option that is missing, also how to give it."""
    if isinstance(exc, click.MissingParameter) and isinstance(exc.param, click.Option):
        option = exc.param
        name, kind = option.opts[0], option.metavar or option.type.name.upper()
        told = f" ({option.help.rstrip('.')})" if option.help else ""
        variable = f", or set {option.envvar}" if isinstance(option.envvar, str) else ""
        exc = click.UsageError(f"{name} has no value{told}. Give one: {name} {kind}{variable}.", exc.ctx)
    exc.show()


def say(text: str) -> None:
    Sink(sys.stderr).line(text)
