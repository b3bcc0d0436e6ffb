"""Arrow data as pyarrow pickles it, its buffers beside the stream, less what a slice leaves out."""

from typing import Any

import pyarrow as pa

_WASTE = 1 << 16  # bytes that may go along with a slice, which is then not copied

KINDS = (pa.Table, pa.RecordBatch, pa.ChunkedArray)


def reduce_columns(value: Any) -> Any:
    """A table, a batch or a column: as it is where all its bytes belong to it, else a compact copy."""
    if value.get_total_buffer_size() > 2 * value.nbytes + _WASTE:
        value = compact(value)
    return value.__reduce__()


def compact(value: Any) -> Any:
    """A copy that holds the bytes of its own rows only."""
    if isinstance(value, pa.ChunkedArray):
        column: Any = compact(pa.table([value], names=["column"])).column(0)
        return column
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, value.schema) as writer:
        writer.write(value)
    reader = pa.ipc.open_stream(sink.getvalue())
    table = reader.read_all()
    return table if isinstance(value, pa.Table) else _only_batch(table)


def _only_batch(table: Any) -> Any:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
