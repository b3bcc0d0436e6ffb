"""What the options of `@conda`, `@pypi`, `@batch`, `@kubernetes` and `@pytorch_parallel` may be."""

from collections.abc import Callable, Mapping
from typing import Any

from headwater.errors import DecoratorError
from headwater.records.platforms import Batch, Kubernetes, PytorchParallel

_TOLERATION = frozenset({"key", "operator", "value", "effect", "toleration_seconds"})
_AMOUNTS = ("cpu", "gpu", "memory", "disk", "shared_memory", "max_swap", "tmpfs_size", "inferentia", "efa")


def _clean_batch(options: Mapping[str, Any]) -> dict[str, Any]:
    """`trainium` is another name of `inferentia`."""
    cleaned = _as_lists(options, "host_volumes", "efs_volumes", "log_options")
    if cleaned.get("trainium") is None:
        cleaned.pop("trainium", None)
    elif cleaned.get("inferentia") is None:
        cleaned["inferentia"] = cleaned.pop("trainium")
    else:
        raise DecoratorError("@batch was given both inferentia and trainium, which mean the same. Give one of them.")
    return cleaned


def _clean_kubernetes(options: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = _as_lists(options, "secrets", "image_pull_secrets")
    for name in ("node_selector", "labels", "annotations"):
        cleaned |= {name: _pairs(cleaned[name])} if isinstance(cleaned.get(name), str | list) else {}
    return cleaned


def _as_lists(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """One text where several may stand is a list of one; `a,b` of `--with` are two."""
    texts = {name: options[name] for name in names if isinstance(options.get(name), str)}
    return {**options, **{name: [part.strip() for part in text.split(",")] for name, text in texts.items()}}


def _pairs(value: str | list[Any]) -> Any:
    """`zone=a,disk=ssd` as a dict; itself where it is no such text."""
    parts = [part.partition("=") for part in (value.split(",") if isinstance(value, str) else map(str, value))]
    if not all(name.strip() and equals for name, equals, _ in parts):
        return value
    return {name.strip(): text.strip() for name, _, text in parts}


CLEAN: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "batch": _clean_batch,
    "kubernetes": _clean_kubernetes,
}


def refusal(record: object) -> str:
    """Why a record that has the right types still cannot be; "" when it can."""
    match record:
        case PytorchParallel(master_port=int(port)) if not 0 < port < 65536:
            return "master_port is no port. Give 1 to 65535, or leave it out."
        case Kubernetes(port=int(port)) if not 0 < port < 65536:
            return "port is no port. Give 1 to 65535, or leave it out."
        case Kubernetes(tolerations=list(tolerations)) if any(set(one) - _TOLERATION for one in tolerations):
            return f"a toleration has the keys {', '.join(sorted(_TOLERATION))}, and no others."
        case Batch(swappiness=int(swappiness)) if not 0 <= swappiness <= 100:
            return "swappiness is a number from 0 to 100."
        case Batch() | Kubernetes():
            return _amounts_refusal(record)
    return ""


def _amounts_refusal(record: Batch | Kubernetes) -> str:
    for name in _AMOUNTS:
        amount = getattr(record, name, None)
        if amount is not None and amount < 0:
            return f"{name} cannot be negative. Give 0 or more."
    if record.cpu == 0 or record.memory == 0:
        return "a task needs some CPU and memory. Give more than 0, or leave it out."
    return ""
