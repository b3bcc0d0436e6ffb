"""THE table of back ends: kind -> name -> where it is and what to install. Third parties add entry points.

A lower room reaches an upper one, and anything heavy is imported, only through `load`.
"""

from importlib import import_module
from typing import Any, NamedTuple

from headwater.errors import PluginError


class Plugin(NamedTuple):
    """One back end."""

    target: str  # "module:attribute"
    install: str = ""  # what to install when its library is missing


TABLE: dict[str, dict[str, Plugin]] = {
    "storage": {
        "file": Plugin("headwater.storage.local:LocalStorage"),
        "memory": Plugin("headwater.storage.memory:MemoryStorage"),
        "s3": Plugin("headwater.storage.bucket:open_s3"),
        "layered": Plugin("headwater.storage.layered:LayeredStorage"),
    },
    "card": {
        "default": Plugin("headwater.cards.default:DefaultCard"),
        "blank": Plugin("headwater.cards.blank:BlankCard"),
        "error": Plugin("headwater.cards.error:ErrorCard"),
    },
    "secrets": {
        "inline": Plugin("headwater.vault.inline:Inline"),
        "env-file": Plugin("headwater.vault.env_file:EnvFile"),
        "aws-secrets-manager": Plugin("headwater.vault.aws:AwsSecretsManager", install="'headwater[aws]'"),
        "gcp-secret-manager": Plugin("headwater.vault.later:GcpSecretManager"),
        "az-key-vault": Plugin("headwater.vault.later:AzureKeyVault"),
    },
    "history": {
        "metaflow": Plugin("headwater.imports.metaflow_source:MetaflowSource"),
    },
    "serializer": {
        "metaflow-pickle": Plugin("headwater.imports.metaflow_pickle:loader"),
    },
    "face": {
        "cards": Plugin("headwater.client.cards:get_cards"),
        "component": Plugin("headwater.cards.notebook:represent"),
        "complete": Plugin("headwater.cli.complete:fill"),
        "attempt": Plugin("headwater.client.own:attempt_task"),
        "attempt-cards": Plugin("headwater.worker.cards:TaskCards"),
        "check-cards": Plugin("headwater.cards.kinds:check_cards"),
        "complete-flow": Plugin("headwater.cli.run_file:complete_line"),
        "flow": Plugin("headwater.cli.flow:main"),
        "refuse-imported": Plugin("headwater.imports.histories:refuse_imported"),
        "flow-line": Plugin("headwater.cli.flow:run_flow_command"),
        "watch": Plugin("headwater.cli.watch:open_watch"),
        "watching": Plugin("headwater.cli.watching:watch_flow"),
        "metaflow": Plugin("headwater.compat.path:shim_folder"),
        "live": Plugin("headwater.cli.live:open_live_view"),
        "debugger": Plugin("headwater.cli.debugger:open_debugger"),
        "diff": Plugin("headwater.compare.read:compare_objects"),
        "html": Plugin("headwater.html.page:represent"),
        "notebook": Plugin("headwater.cli.notebook:NotebookView"),
        "run": Plugin("headwater.client.objects:own_run"),
        "trigger": Plugin("headwater.client.objects:own_trigger"),
        "task": Plugin("headwater.client.objects:own_task"),
        "spun": Plugin("headwater.client.objects:own_task"),
    },
}


def load(kind: str, name: str) -> Any:
    """Import what the table, or an entry point of the group `headwater.<kind>`, calls by this name."""
    plugin = TABLE.get(kind, {}).get(name)
    if plugin is None:
        found = _installed(kind)
        if name not in found:
            known = ", ".join(sorted({*TABLE.get(kind, {}), *found}))
            raise PluginError(f"There is no {kind} called {name!r}. Known: {known}.")
        return found[name].load()
    module, _, attribute = plugin.target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as exc:
        if not plugin.install or (exc.name or "").startswith("headwater"):
            raise
        raise PluginError(f"{kind} {name!r} needs {exc.name}. Install it: pip install {plugin.install}") from exc


def names(kind: str) -> set[str]:
    """What `load` knows."""
    return {*TABLE.get(kind, {}), *_installed(kind)}


def _installed(kind: str) -> dict[str, Any]:
    """The entry points of other packages."""
    # Here, not above: it imports parsers of e-mail, csv and zip, which every author's file would pay for.
    from importlib.metadata import entry_points

    return {entry.name: entry for entry in entry_points(group=f"headwater.{kind}")}
