"""Tensors of torch: each storage is one buffer, uncopied, and stays shared by the tensors that share it.

`torch.save` is not used. A tensor on another device is stored from a copy in main memory and comes back there. What is
no plain dense tensor (sparse, quantised, a subclass) is pickled as torch does it. Gradients are not kept, by torch
neither.
"""

import pickle
from functools import cache
from importlib.util import find_spec
from typing import Any

import torch

Tensor = torch.Tensor
TensorParameter = torch.nn.Parameter


class Reduction:
    """The tensors of one value, with the storages that were met so far."""

    def __init__(self, shared: dict[object, Any]) -> None:
        self._storages = shared

    def tensor(self, value: Any) -> Any:
        if not _has_numpy() or not _is_plain(value):
            return value.__reduce_ex__(5)
        arguments = (self._storage(value), value.dtype, value.storage_offset(), tuple(value.shape), value.stride())
        if type(value) is TensorParameter:
            return rebuild_parameter, (*arguments, value.requires_grad)
        return rebuild_tensor, (*arguments, value.requires_grad)

    def _storage(self, value: Any) -> "Storage":
        storage = value.untyped_storage()
        key = (str(storage.device), storage.data_ptr(), storage.nbytes())
        found: Storage | None = self._storages.get(key) if storage.nbytes() else None
        if found is None:
            found = self._storages[key] = Storage(storage)
        return found


class Storage:
    """The bytes that tensors lie in. One object for each, so that pickle keeps what is shared."""

    def __init__(self, storage: Any) -> None:
        self._kept = storage  # so that its place is not reused while the value is pickled
        self._bytes = torch.empty(0, dtype=torch.uint8).set_(storage.cpu())

    def __reduce__(self) -> Any:
        return rebuild_storage, (pickle.PickleBuffer(self._bytes.numpy()),)


def rebuild_storage(buffer: Any) -> Any:
    """Named in pickles. The bytes, shared and not copied, as a tensor; writable if the buffer is."""
    view = memoryview(buffer)
    if not view.nbytes:
        return torch.empty(0, dtype=torch.uint8)
    return torch.frombuffer(bytearray(view) if view.readonly else view, dtype=torch.uint8)


def rebuild_tensor(
    storage: Any, dtype: Any, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], requires_grad: bool
) -> Any:
    """Named in pickles."""
    tensor = torch.empty(0, dtype=dtype).set_(storage.untyped_storage(), offset, shape, stride)
    return tensor.requires_grad_() if requires_grad else tensor


def rebuild_parameter(
    storage: Any, dtype: Any, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], requires_grad: bool
) -> Any:
    """Named in pickles."""
    return TensorParameter(rebuild_tensor(storage, dtype, offset, shape, stride, False), requires_grad)


@cache
def _has_numpy() -> bool:
    """torch shows its memory to others through numpy."""
    return find_spec("numpy") is not None


def _is_plain(value: Any) -> bool:
    """Whether storage, type, shape and strides say all of it."""
    return (
        value.layout is torch.strided
        and value.device.type != "meta"
        and not (value.is_quantized or value.is_conj() or value.is_neg() or value.is_nested)
        and not vars(value)
        and not value._backward_hooks
    )
