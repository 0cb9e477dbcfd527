"""Evidence tables on disk: one Parquet file per shard, written whole or not at all.

A file's name says what it holds: `evidence/<table>/<pass>-<first>-<count>.parquet`. Rows are sorted by key when read, so a
table's content, and its digest, do not depend on how it was cut into shards or in which order these were computed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.evidence.atomic import write_atomically
from auditor.evidence.facts import Prepared
from auditor.evidence.schema import SORTED_BY, TABLES


def shard_path(run: Path, table: str, pass_name: str, first: int, count: int) -> Path:
    """Where a shard of a table lives."""
    return run / "evidence" / table / f"{pass_name}-{first:08d}-{count:06d}.parquet"


def write_shard(path: Path, table: pa.Table) -> None:
    """Write one shard atomically, zstd-compressed."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_atomically(path, sink.getvalue().to_pybytes())


class Reader:
    """Read access to one run directory's evidence."""

    def __init__(self, run: Path) -> None:
        self.run = run

    @property
    def prepared(self) -> Prepared:
        """The whole-set facts."""
        return Prepared.model_validate_json((self.run / "evidence" / "prepared.json").read_bytes())

    def has(self, table: str) -> bool:
        """Whether any shard of the table exists."""
        return bool(self._shards(table))

    def rows(self, name: str) -> int:
        """How many rows a table has, without reading them."""
        return sum(pq.read_metadata(path).num_rows for path in self._shards(name))

    def table(self, name: str) -> pa.Table:
        """The whole table, sorted by key; no rows where no shard was written."""
        shards = [pq.ParquetFile(path).read().select(TABLES[name].names).cast(TABLES[name]) for path in self._shards(name)]
        whole = pa.concat_tables(shards) if shards else TABLES[name].empty_table()
        return whole.sort_by([(column, "ascending") for column in SORTED_BY[name]]).combine_chunks()

    def _shards(self, name: str) -> list[Path]:
        return sorted((self.run / "evidence" / name).glob("*.parquet"))


def table_sha256(table: pa.Table) -> str:
    """Digest of a table's content: names, types, lengths and values, independent of chunks, shards and file format."""
    digest = hashlib.sha256()
    for field in table.schema:
        digest.update(f"{field.name}:{field.type}:{table.num_rows};".encode())
        _update(digest, table.column(field.name).combine_chunks())
    return digest.hexdigest()


def _update(digest: hashlib._Hash, column: pa.Array) -> None:
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    digest.update(np.packbits(np.asarray(column.is_valid())).tobytes())
    if pa.types.is_map(column.type):
        digest.update(repr(column.to_pylist()).encode())
    elif pa.types.is_list(column.type):
        filled = column.fill_null([])
        digest.update(np.asarray(filled.value_lengths(), dtype="<i8").tobytes())
        _update(digest, filled.flatten())
    elif pa.types.is_string(column.type):
        for text in column.to_pylist():
            encoded = b"" if text is None else text.encode()
            digest.update(len(encoded).to_bytes(8, "little") + encoded)
    else:
        values = np.asarray(column.fill_null(0))
        digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
