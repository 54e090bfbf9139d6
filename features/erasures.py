"""The erasure list: which records were erased and stay away, by the hashes of their ids.

A plain hash of an id can be found by trying ids; with a secret from the environment (HMAC with SHA-256) it cannot.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from features.errors import PairlakeError
from features.lake import Lake
from features.tables import ERASURES

SHORTEST_SECRET = 32
"""Characters of a secret at least: its check value is stored, by which a short one could be found by trying."""


class ErasureError(PairlakeError):
    """The erasure list cannot be applied, or a record not erased; the message says what to do."""


@dataclass(frozen=True)
class IdHash:
    """How entity ids are hashed: with a secret, or by an empty one plainly."""

    secret: bytes = b""

    @classmethod
    def of(cls, variable: str | None, environment: Mapping[str, str] = os.environ) -> IdHash:
        """With the secret in an environment variable, plainly for None. ErasureError for none there, or a short one."""
        if variable is None:
            return cls()
        secret = environment.get(variable, "")
        if len(secret) < SHORTEST_SECRET:
            raise ErasureError(
                f"[retention] erasure_key_env names the environment variable {variable}, which "
                f"{f'has {len(secret)} characters' if secret else 'is not set'}; wanted a secret of {SHORTEST_SECRET} "
                "characters or more"
            )
        return cls(secret.encode("utf-8", "surrogateescape"))

    @property
    def check(self) -> str:
        """A value by which the secret is known again; empty for the plain hash."""
        return hmac.new(self.secret, b"pairlake check", hashlib.sha256).hexdigest()[:16] if self.secret else ""

    @property
    def padded(self) -> tuple[bytes, bytes]:
        """What goes before the id and before the inner hash: HMAC (RFC 2104) where there is a secret."""
        if not self.secret:
            return b"pairlake erasure\0", b""
        block = (hashlib.sha256(self.secret).digest() if len(self.secret) > 64 else self.secret).ljust(64, b"\0")
        return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)

    def __call__(self, entity_id: str) -> str:
        """The hash of an id, 64 hexadecimal digits."""
        before, outer = self.padded
        inner = hashlib.sha256(before + entity_id.encode())
        return hashlib.sha256(outer + inner.digest()).hexdigest() if outer else inner.hexdigest()


@dataclass(frozen=True)
class Erasures:
    """The list of a lake, by the way its hashes were made."""

    hashes: Mapping[IdHash, frozenset[str]]

    def __bool__(self) -> bool:
        """Whether anything was erased."""
        return any(self.hashes.values())

    def __contains__(self, entity_id: str) -> bool:
        """Whether the record with this id was erased."""
        return any(way(entity_id) in hashes for way, hashes in self.hashes.items())


def erasures_of(lake: Lake, id_hash: IdHash) -> Erasures:
    """The list of a lake. ErasureError where hashes of it were made with a secret that is not at hand."""
    if not lake.exists(ERASURES):
        return Erasures({})
    found: dict[IdHash, set[str]] = {}
    ways = {way.check: way for way in (IdHash(), id_hash)}
    for row in lake.rows(ERASURES).to_pylist():
        if row["secret"] not in ways:
            raise ErasureError(
                f"records of the lake {lake.root} were erased under the secret with the check value {row['secret']!r}, "
                "which is not at hand, so that they could come back unseen; set [retention] erasure_key_env to the "
                "variable that holds it"
            )
        found.setdefault(ways[row["secret"]], set()).add(row["id_hash"])
    return Erasures({way: frozenset(hashes) for way, hashes in found.items()})


def remember(lake: Lake, ids: Iterable[str], id_hash: IdHash, run_id: str) -> None:
    """Put records on the list, each once."""
    held = erasures_of(lake, id_hash).hashes.get(id_hash, frozenset())
    new = sorted({id_hash(entity_id) for entity_id in ids} - held)
    if new:
        rows = {"id_hash": new, "secret": [id_hash.check] * len(new), "run_id": [run_id] * len(new)}
        lake.write_rows(pa.table(rows, ERASURES.schema), ERASURES)
