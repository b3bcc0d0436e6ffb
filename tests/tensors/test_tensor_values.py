"""Tensors, modules and state dicts: back as they were, storages shared as they were, large ones mapped and writable."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.artifacts.summaries import summarise
from headwater.records.artifact import ArtifactRef
from headwater.storage.local import LocalStorage


@pytest.fixture
def torch() -> Any:
    import torch

    return torch


def _save(store: ArtifactStore, value: Any) -> ArtifactRef:
    return store.save("x", value, InlineBudget())


def _load(store: ArtifactStore, ref: ArtifactRef) -> Any:
    return store.load(ref, "x", "Flow/1/start/0")


def _through(store: ArtifactStore, value: Any) -> Any:
    return _load(store, _save(store, value))


MAKERS: dict[str, Callable[[Any], Any]] = {
    "scalar": lambda torch: torch.tensor(3.5),
    "empty": lambda torch: torch.zeros(0, 3),
    "small": lambda torch: torch.arange(6).reshape(2, 3),
    "large": lambda torch: torch.rand(512, 1024),
    "transposed": lambda torch: torch.rand(512, 1024).T,
    "strided": lambda torch: torch.rand(512, 1024)[::2, 3:500:7],
    "expanded": lambda torch: torch.rand(1, 3).expand(1000, 3),
    "bool": lambda torch: torch.rand(300) > 0.5,
    "bfloat16": lambda torch: torch.rand(600_000).to(torch.bfloat16),
    "float8": lambda torch: torch.rand(100).to(torch.float8_e4m3fn),
    "complex": lambda torch: torch.rand(100, dtype=torch.complex64),
    "conjugate": lambda torch: torch.rand(100, dtype=torch.complex64).conj(),
    "needs grad": lambda torch: torch.rand(400_000, requires_grad=True),
    "computed": lambda torch: torch.rand(3, requires_grad=True) * 2,
    "parameter": lambda torch: torch.nn.Parameter(torch.rand(400_000)),
    "frozen parameter": lambda torch: torch.nn.Parameter(torch.rand(3), requires_grad=False),
    "sparse": lambda torch: torch.eye(3).to_sparse(),
    "from numpy": lambda torch: torch.from_numpy(np.arange(300_000.0)),
}


@pytest.mark.parametrize("name", list(MAKERS))
def test_tensors_come_back_as_they_were(store: ArtifactStore, torch: Any, name: str) -> None:
    value = MAKERS[name](torch)
    again = _through(store, value)
    assert type(again) is type(value)
    assert (again.dtype, again.shape, again.layout) == (value.dtype, value.shape, value.layout)
    assert again.requires_grad == value.requires_grad
    if value.layout is torch.strided:
        assert again.stride() == value.stride()
        if name == "float8":  # which torch cannot compare
            again, value = again.view(torch.uint8), value.view(torch.uint8)
        assert torch.equal(again, value)
    else:
        assert torch.equal(again.to_dense(), value.to_dense())


def test_tensors_that_share_a_storage_share_it_again(store: ArtifactStore, torch: Any) -> None:
    whole = torch.arange(1_000_000.0)
    ref = _save(store, {"whole": whole, "part": whole[10:20], "turned": whole.reshape(1000, 1000).T})
    assert ref.size < 4_010_000
    again = _load(store, ref)
    again["whole"][10] = 99
    assert again["part"][0] == 99
    assert again["turned"][10, 0] == 99
    small = torch.zeros(4)
    one, other = _through(store, (small, small[1:]))
    one[1] = 5
    assert other[0] == 5
    same, again_same = _through(store, [small, small])
    assert same is again_same


def test_a_large_tensor_is_mapped_and_writing_to_it_changes_nothing_stored(store: ArtifactStore, torch: Any) -> None:
    value = torch.rand(1_000_000)
    ref = _save(store, value)
    again = _load(store, ref)
    with open("/proc/self/maps") as file:
        assert ref.blobs[1].hash in file.read()
    again.zero_()
    assert torch.equal(_load(store, ref), value)


def _model(torch: Any) -> Any:
    return torch.nn.Sequential(
        torch.nn.Linear(1000, 600), torch.nn.BatchNorm1d(600), torch.nn.ReLU(), torch.nn.Linear(600, 600)
    )


def _blobs(storage: LocalStorage) -> set[Path]:
    return {path for path in Path(storage.url).glob("blobs/*/*") if path.stat().st_size >= 1 << 20}


def test_a_module_comes_back_and_its_frozen_layers_are_not_stored_again(
    store: ArtifactStore, storage: LocalStorage, torch: Any
) -> None:
    model = _model(torch)
    model(torch.rand(4, 1000)).sum().backward()
    ref = _save(store, model)
    again = _load(store, ref)
    assert type(again) is type(model)
    for (name, one), (_, other) in zip(model.state_dict().items(), again.state_dict().items(), strict=True):
        assert torch.equal(one, other), name
    model.eval()
    again.eval()
    row = torch.rand(1, 1000)
    assert torch.equal(model(row), again(row))
    before = _blobs(storage)
    with torch.no_grad():
        again[3].weight.add_(1)
    _save(store, again)
    assert len(_blobs(storage) - before) == 1


def test_a_trained_module_goes_on_training(store: ArtifactStore, torch: Any) -> None:
    model = torch.nn.Linear(3, 1)
    optimiser = torch.optim.Adam(model.parameters())
    model(torch.rand(4, 3)).sum().backward()
    optimiser.step()
    model, optimiser = _through(store, (model, optimiser))
    assert optimiser.param_groups[0]["params"][0] is model.weight
    before = model.weight.detach().clone()
    model(torch.rand(4, 3)).sum().backward()
    optimiser.step()
    assert not torch.equal(model.weight, before)


def test_weights_that_are_tied_stay_tied(store: ArtifactStore, torch: Any) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(600, 600), torch.nn.Linear(600, 600))
    model[1].weight = model[0].weight
    ref = _save(store, model)
    again = _load(store, ref)
    assert again[1].weight is again[0].weight
    assert ref.size < 1_600_000
    state = _through(store, model.state_dict())
    assert state["0.weight"].data_ptr() == state["1.weight"].data_ptr()


def test_a_state_dict_is_stored_with_the_blobs_of_its_module(
    store: ArtifactStore, storage: LocalStorage, torch: Any
) -> None:
    model = _model(torch)
    _save(store, model)
    before = _blobs(storage)
    again = _through(store, model.state_dict())
    assert _blobs(storage) == before
    assert list(again) == list(model.state_dict())
    assert again._metadata == model.state_dict()._metadata


def test_tensors_beside_a_lambda_keep_their_form(store: ArtifactStore, torch: Any) -> None:
    ref = _save(store, {"f": lambda: 1, "t": torch.rand(1_000_000)})
    assert ref.serializer == "cloudpickle"
    assert len(ref.blobs) == 2
    assert _load(store, ref)["t"].shape == (1_000_000,)


def test_a_subclass_of_tensor_is_pickled_by_torch(store: ArtifactStore, torch: Any) -> None:
    value = torch.nn.Buffer(torch.rand(10))
    again = _through(store, value)
    assert type(again) is type(value)
    assert torch.equal(again, value)


def test_items_of_a_foreach_over_a_tensor_share_its_blob(store: ArtifactStore, torch: Any) -> None:
    rows = torch.rand(8, 200_000)
    items = store.pack("rows", list(rows), InlineBudget())
    assert len(items.buffers) == 1
    assert torch.equal(store.unpack(items, 5, "Flow/1/start/0"), rows[5])


@pytest.mark.parametrize(
    ("make", "summary"),
    [
        (lambda torch: torch.tensor(2.5), {"shape": [], "dtype": "torch.float32", "value": 2.5}),
        (
            lambda torch: torch.tensor([[1, 2]]),
            {"shape": [1, 2], "dtype": "torch.int64", "minimum": 1, "maximum": 2},
        ),
        (lambda torch: torch.zeros(1 << 20), {"shape": [1 << 20], "dtype": "torch.float32"}),
        (
            lambda torch: torch.zeros(1 << 20, requires_grad=True),
            {"shape": [1 << 20], "dtype": "torch.float32", "requires_grad": True},
        ),
        (lambda torch: torch.eye(3).to_sparse(), {"shape": [3, 3], "dtype": "torch.float32"}),
        (lambda torch: torch.zeros(3, device="meta"), {"shape": [3], "dtype": "torch.float32", "device": "meta"}),
        (lambda torch: torch.nn.Linear(3, 2), {"class": "Linear", "parameters": 8, "layers": 0}),
        (
            lambda torch: torch.nn.Linear(1, 1).state_dict(),
            {"length": 2, "head": "'weight': Tensor, 'bias': Tensor"},
        ),
    ],
)
def test_tensors_and_modules_have_summaries(torch: Any, make: Callable[[Any], Any], summary: dict[str, Any]) -> None:
    assert summarise(make(torch)) == summary


def test_what_pickles_name_stays_where_it_is(torch: Any) -> None:
    """Artifacts of earlier versions name these; they may never be moved or renamed."""
    for name in ("rebuild_storage", "rebuild_tensor", "rebuild_parameter"):
        assert callable(pickle.loads(b"cheadwater.artifacts.tensors\n%s\n." % name.encode()))


def test_a_tensor_of_a_gpu_comes_back_in_main_memory(store: ArtifactStore, torch: Any) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU")
    value = torch.rand(1_000_000, device="cuda")
    ref = _save(store, {"a": value, "b": value[:10]})
    again = _load(store, ref)
    assert again["a"].device.type == "cpu"
    assert torch.equal(again["a"], value.cpu())
    assert again["b"].data_ptr() == again["a"].data_ptr()
    assert summarise(value)["device"] == "cuda:0"
    model = _load(store, _save(store, torch.nn.Linear(3, 1).cuda()))
    assert model.weight.device.type == "cpu"
