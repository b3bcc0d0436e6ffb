"""Values of pyarrow, polars, PIL and matplotlib: back as they were, large buffers uncopied, nothing stored twice."""

import datetime
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image

from headwater.artifacts import frames
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import ArtifactError, BlobError
from headwater.records.artifact import ArtifactRef
from headwater.storage.local import LocalStorage

Through = Callable[[Any], Any]
ROWS = 300_000


def _table(rows: int = ROWS) -> Any:
    texts = [f"text {number % 100}" for number in range(rows)]
    return pa.table(
        {
            "i": np.arange(rows),
            "f": pa.array([None if number % 7 == 0 else float(number) for number in range(rows)]),
            "s": texts,
            "d": pa.array(texts).dictionary_encode(),
            "l": [[1, None]] * rows,
            "m": [{"x": 1, "y": "a"}] * rows,
            "t": pa.array(np.arange(rows), pa.timestamp("us", tz="UTC")),
            "b": [True, False] * (rows // 2),
        }
    )


def _frame(rows: int = ROWS) -> pl.DataFrame:
    texts = [f"text {number % 100}" for number in range(rows)]
    return pl.DataFrame(
        {
            "i": range(rows),
            "s": texts,
            "c": pl.Series(texts).cast(pl.Categorical),
            "e": pl.Series(["a", "b"] * (rows // 2), dtype=pl.Enum(["a", "b"])),
            "when": [datetime.datetime(2026, 1, 31)] * rows,
            "day": [datetime.date(2026, 1, 31)] * rows,
            "took": [datetime.timedelta(seconds=1)] * rows,
            "l": [[1, None]] * rows,
            "n": [None] * rows,
        }
    )


def _save(store: ArtifactStore, value: Any) -> ArtifactRef:
    return store.save("x", value, InlineBudget())


def _load(store: ArtifactStore, ref: ArtifactRef) -> Any:
    return store.load(ref, "x", "Flow/1/start/0")


@pytest.mark.parametrize(
    "value",
    [
        _table(),
        _table(10),
        _table(0),
        _table().slice(7, 11),
        pa.concat_tables([_table(10), _table(20)]),
        _table().to_batches()[0],
        _table().to_batches()[0].slice(7, 11),
        _table().column("s"),
        _table().column("s").slice(7, 11),
        _table().schema,
        pa.array([1, None]),
        pa.table({"a": [1]}).replace_schema_metadata({"from": "a sensor"}),
    ],
    ids=lambda value: f"{type(value).__name__}-{len(value)}",
)
def test_arrow_data_comes_back(through: Through, value: Any) -> None:
    again = through(value)
    assert type(again) is type(value)
    assert again.equals(value)
    if isinstance(value, pa.Table):
        assert again.schema.equals(value.schema, check_metadata=True)


@pytest.mark.parametrize("cut", [lambda table: table, lambda table: table.to_batches()[0], lambda table: table["s"]])
def test_a_slice_of_arrow_data_is_stored_without_the_rest(store: ArtifactStore, cut: Callable[[Any], Any]) -> None:
    assert _save(store, cut(_table()).slice(7, 11)).size < 20_000


def test_a_slice_of_text_in_pandas_is_stored_without_the_rest(store: ArtifactStore) -> None:
    frame = pd.DataFrame({"s": pd.array(["some text"] * ROWS, dtype="string[pyarrow]")})
    ref = _save(store, frame.iloc[3:9])
    assert ref.size < 100_000
    pd.testing.assert_frame_equal(_load(store, ref), frame.iloc[3:9])


@pytest.mark.parametrize(
    "value",
    [
        _frame(),
        _frame(10),
        _frame(0),
        _frame()[7:18],
        pl.concat([_frame(), _frame(10)], rechunk=False),
        _frame()["s"],
        _frame(10)["s"],
        _frame()["c"],
        pl.DataFrame(),
    ],
    ids=lambda value: f"{type(value).__name__}-{len(value)}",
)
def test_polars_frames_and_series_come_back(through: Through, value: Any) -> None:
    again = through(value)
    assert type(again) is type(value)
    if isinstance(value, pl.DataFrame):
        assert again.schema == value.schema
        assert again.height == value.height
    else:
        assert (again.name, again.dtype) == (value.name, value.dtype)
    assert again.equals(value)


def test_a_lazy_frame_comes_back_lazy(through: Through) -> None:
    lazy = through(_frame(10).lazy().select("i").sum())
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().item() == 45


def test_polars_without_pyarrow_pickles_itself(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_has_pyarrow", lambda: False)
    assert through(_frame()).equals(_frame())


def _blobs(storage: LocalStorage) -> set[Path]:
    return {path for path in Path(storage.url).glob("blobs/*/*") if path.stat().st_size >= 1 << 20}


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        (_table(), lambda table: table.append_column("new", pa.array(np.arange(ROWS) * 2))),
        (_frame(), lambda frame: frame.with_columns(new=pl.Series(np.arange(ROWS) * 2))),
    ],
    ids=["arrow", "polars"],
)
def test_columns_that_are_there_already_are_not_stored_again(
    store: ArtifactStore, storage: LocalStorage, value: Any, changed: Callable[[Any], Any]
) -> None:
    ref = _save(store, {"frame": value})
    before = _blobs(storage)
    assert _save(store, _load(store, ref)).hash == ref.hash
    assert _blobs(storage) == before
    _save(store, changed(_load(store, ref)["frame"]))
    assert len(_blobs(storage) - before) == 1


def test_a_polars_frame_of_objects_is_refused_by_name(store: ArtifactStore) -> None:
    with pytest.raises(ArtifactError, match="'x' of type polars"):
        _save(store, pl.DataFrame({"o": [object, int]}, schema={"o": pl.Object}))


@pytest.mark.parametrize("value", [_table(), _frame().select("i", "s", "when")], ids=["arrow", "polars"])
def test_large_columns_are_mapped_from_their_blobs(store: ArtifactStore, value: Any) -> None:
    ref = _save(store, value)
    again = _load(store, ref)
    with open("/proc/self/maps") as file:
        mapped = file.read()
    for blob in ref.blobs[1:]:
        assert blob.hash in mapped
    assert again.equals(value)


def test_a_damaged_column_is_noticed(store: ArtifactStore, storage: LocalStorage) -> None:
    ref = _save(store, _table())
    (path,) = Path(storage.url).glob(f"blobs/*/b3-{ref.blobs[1].hash}")
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    with pytest.raises(BlobError, match="is damaged"):
        _load(store, ref)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype="u1")
    path = tmp_path / "photo.jpg"
    Image.fromarray(noise).save(path, quality=90, dpi=(72, 72), comment="A comment")
    return path


@pytest.mark.parametrize("read", [False, True])
def test_an_image_that_is_what_its_file_holds_is_stored_as_the_file(
    store: ArtifactStore, photo: Path, read: bool
) -> None:
    image = Image.open(photo)
    if read:
        image.load()
    ref = _save(store, image)
    again = _load(store, ref)
    assert type(again) is type(image)
    assert again == image
    assert photo.stat().st_size <= ref.size < photo.stat().st_size + 1000
    assert _save(store, again).hash == ref.hash


def test_an_image_that_was_changed_is_stored_as_it_is_now(store: ArtifactStore, photo: Path) -> None:
    image = Image.open(photo)
    image.putpixel((0, 0), (1, 2, 3))
    again = _load(store, _save(store, image))
    assert again == image
    loaded = _load(store, _save(store, Image.open(photo)))
    loaded.putpixel((0, 0), (1, 2, 3))
    assert _load(store, _save(store, loaded)).getpixel((0, 0)) == (1, 2, 3)


def test_an_image_whose_file_has_gone_or_changed_is_stored_as_it_is(store: ArtifactStore, photo: Path) -> None:
    gone, other = Image.open(photo), Image.open(photo)
    gone.load()
    other.load()
    Image.new("RGB", (3, 3)).save(photo)
    assert _load(store, _save(store, other)) == other
    photo.unlink()
    assert _load(store, _save(store, gone)) == gone


def test_all_frames_of_an_animation_are_kept(store: ArtifactStore, tmp_path: Path) -> None:
    frames = [Image.new("L", (8, 8), shade) for shade in (0, 100, 200)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], duration=40)
    with Image.open(tmp_path / "moving.gif") as image:
        image.seek(1)
        again = _load(store, _save(store, image))
        assert again.tell() == 1
        assert again == image
        again.seek(2)
        image.seek(2)
        assert again == image
        assert again.convert("L").getpixel((0, 0)) == 200


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16"])
def test_an_image_of_every_mode_comes_back_exactly(through: Through, mode: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype="u1")
    image = Image.fromarray(noise)
    image = (
        Image.new(mode, (90, 60), 7)
        if mode == "I;16"
        else image.convert("LA").convert(mode)
        if mode == "PA"
        else image.convert(mode)
    )
    image.info["note"] = (1, "a")
    again = through(image)
    assert again == image
    assert again.info == image.info


def test_images_and_frames_within_other_values_have_their_forms(store: ArtifactStore, photo: Path) -> None:
    value = {"images": [Image.open(photo)], "frames": (_frame(),), "function": lambda: 1}
    ref = _save(store, value)
    assert ref.serializer == "cloudpickle"
    again = _load(store, ref)
    assert again["images"] == value["images"]
    assert again["frames"][0].equals(_frame())
    assert len(ref.blobs) > 4


def test_a_figure_comes_back_and_is_not_shown_by_being_loaded(store: ArtifactStore) -> None:
    figure, axes = pyplot.subplots()
    axes.plot([1, 2, 3])
    axes.set_title("Loss")
    ref = _save(store, figure)
    pyplot.close(figure)
    shown = pyplot.get_fignums()
    again = _load(store, ref)
    assert isinstance(again, Figure)
    assert again.axes[0].get_title() == "Loss"
    assert again.axes[0].lines[0].get_ydata().tolist() == [1, 2, 3]
    assert pyplot.get_fignums() == shown


def test_a_figure_that_was_summarised_can_be_stored_again(through: Through) -> None:
    figure = Figure()
    figure.subplots().plot([1, 2])
    assert through(through(figure)).axes[0].lines[0].get_xdata().tolist() == [0, 1]


def test_what_pickles_name_stays_where_it_is() -> None:
    """Artifacts of earlier versions name these; they may never be moved or renamed."""
    for name in ("frames:rebuild_frame", "frames:rebuild_series", "pictures:rebuild_file", "pictures:rebuild_image"):
        module, _, function = name.partition(":")
        stream = b"cheadwater.artifacts.%s\n%s\n." % (module.encode(), function.encode())
        assert callable(pickle.loads(stream))
