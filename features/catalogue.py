"""The catalogue: every declaration in the packages below it, in one order, without duplicates, fingerprinted.

Nothing registers itself. A module is walked, and what it binds at its top level that is a declaration is
in the catalogue. Further modules (a user's own features) are named in the settings.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import pkgutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from types import ModuleType
from typing import Any, TypeVar

import icu  # what normality, and so rigour, transliterates with
import pyarrow as pa

from features import blocking, comparators, encoders, entities, pairs, standardisation, tables
from features.blocking.kinds import of_settings
from features.blocking.making import TEXTS
from features.blocking.rules import RULES
from features.declare import BlockingRule, DeclarationError, Encoder, PairFeature, RecordFunction, named
from features.encoders.choose import default_encoder
from features.errors import PairlakeError
from features.keying import Keying
from features.sections import nearest
from features.settings import Settings
from features.statistics import Split, Statistics

VALUE_LIBRARIES = ("rapidfuzz", "rigour", "normality", "jellyfish")
"""Libraries whose version can change a feature's value."""

Declared = TypeVar("Declared", RecordFunction, BlockingRule, PairFeature)

_EVALUATION = tuple(
    f"features.{name}"
    for name in (
        "arrays",
        "columns",
        "keying",
        "pairing",
        "plain",
        "statistics",
        "token_sets",
        "views",
        "kernel.compare",
        "kernel.records",
    )
)
"""Modules that declare nothing but take part in every value; the kernel's stand above this one, hence by name."""

KEYED_BY = "secret of blocking keys"
"""Part of the fingerprint that names the secret, where there is one."""

MOST_RULES = 128
"""Numbers that there are for rules, in `rule` of pair_features (int8) and above the hash in a key (int64)."""

RAW = "raw_"
"""Prefix by which a standardiser reads a party field as its source wrote it."""


@dataclass(frozen=True)
class Catalogue:
    """What is declared: standardisers, entity features, blocking rules and pair features.

    It travels to a worker as names, and is loaded again there.
    """

    modules: tuple[str, ...]
    standardisers: tuple[RecordFunction, ...]
    entity_features: tuple[RecordFunction, ...]
    rules: tuple[BlockingRule, ...]
    pair_features: tuple[PairFeature, ...]
    encoder: Encoder = field(default_factory=default_encoder)
    statistics: Statistics = field(default_factory=Statistics)
    declared: tuple[Mapping[str, Any], ...] = ()
    """Blocking rules that the settings declare, as they do it."""
    keying: Keying = field(default_factory=Keying)

    @property
    def splits(self) -> tuple[Split, ...]:
        """What the rules want cut in the corpus statistics."""
        return tuple(sorted({split for rule in self.rules for split in rule.splits}))

    @property
    def given(self) -> Mapping[str, Any]:
        """What record functions and rules may ask for that is no column; see `declare.GIVEN`."""
        return {"encoder": self.encoder, "statistics": self.statistics}

    def pair_feature(self, name: str) -> PairFeature:
        """The pair feature of this name; DeclarationError names the nearest when there is none."""
        return _find(self.pair_features, name, "pair feature")

    def rule(self, name: str) -> BlockingRule:
        """The blocking rule of this name; DeclarationError names the nearest when there is none."""
        return _find(self.rules, name, "blocking rule")

    def select(self, features: Sequence[str] | None, rules: Sequence[str] | None) -> Catalogue:
        """The catalogue cut down to the named pair features and rules, and to the entity features that these are made
        of; None keeps all pair features, or all rules. DeclarationError for a name that is not there, or stands twice.
        """
        _refuse_twice(features or (), "pair feature")
        _refuse_twice(rules or (), "blocking rule")
        chosen = self.pair_features if features is None else tuple(self.pair_feature(n) for n in features)
        kept = self.rules if rules is None else tuple(self.rule(n) for n in rules)
        cut = replace(self, rules=kept, pair_features=chosen)
        read = cut.behind([*cut.kernel_columns, *cut.refining_columns, *(c for rule in kept for c in rule.inputs)])
        return replace(cut, entity_features=tuple(f for f in self.entity_features if f.name in read))

    def behind(self, columns: Iterable[str]) -> set[str]:
        """These record columns, and all that they are made of, down to the fields of the sources."""
        made = {function.name: function.inputs for function in (*self.standardisers, *self.entity_features)}
        found: set[str] = set()
        read = list(columns)
        while read:
            column = read.pop()
            if column not in found:
                found.add(column)
                read += made.get(column, ())
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        features, rules = (tuple(d.name for d in declared) for declared in (self.pair_features, self.rules))
        return _restored, (self.modules, self.declared, features, rules, self.encoder, self.statistics, self.keying)

    @cached_property
    def kernel_columns(self) -> tuple[str, ...]:
        """Record columns that the pair features read, in order: what travels to the kernel."""
        return tuple(dict.fromkeys(column for feature in self.pair_features for column in feature.inputs))

    @cached_property
    def kernel_schema(self) -> pa.Schema:
        """Schema of the columns that the pair features read."""
        return pa.schema([self.entity_schema.field(name) for name in self.kernel_columns])

    @cached_property
    def refining_columns(self) -> tuple[str, ...]:
        """Record columns by which oversized blocks may be refined."""
        return tuple(dict.fromkeys(column for rule in self.rules for column in rule.refine_by))

    @cached_property
    def standardised_schema(self) -> pa.Schema:
        """Schema of standardised_entities."""
        return _extended(tables.STANDARDISED_ENTITIES.schema, (f.field for f in self.standardisers))

    @cached_property
    def entity_schema(self) -> pa.Schema:
        """Schema of entity_features: the key, the blocking keys, and every column the kernel or the ladder reads."""
        fields = {f.name: f.field for f in (*self.standardisers, *self.entity_features)}
        names = dict.fromkeys((*self.kernel_columns, *self.refining_columns))
        return _extended(tables.ENTITY_FEATURES.schema, (fields[name] for name in names))

    @cached_property
    def pair_schema(self) -> pa.Schema:
        """Schema of pair_features."""
        stamp = pa.field("event_timestamp", tables.TIMESTAMP, nullable=False)
        return _extended(tables.PAIR_FEATURES.schema, (*(f.field for f in self.pair_features), stamp))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that can change a value: contracts, sources, libraries, Unicode data, encoder, statistics."""
        digest = hashlib.blake2b(digest_size=12)
        for part in self.fingerprint_parts.values():
            digest.update(part.encode())
        return digest.hexdigest()

    @cached_property
    def fingerprint_parts(self) -> Mapping[str, str]:
        """What the fingerprint is made of, by name, so that two can be told apart in words."""
        declared: list[RecordFunction | BlockingRule | PairFeature]
        declared = [*self.standardisers, *self.entity_features, *self.rules, *self.pair_features]
        shared = {m.__name__ for m in _modules(standardisation, entities, comparators, encoders, blocking)}
        sources = sorted({d.module for d in declared} | shared | set(_EVALUATION))
        parts = {f"source of {name}": _source_hash(name) for name in sources}
        parts |= {f"place {n}": _identity(d) for n, d in enumerate(declared)}
        parts |= {f"library {name}": importlib.metadata.version(name) for name in VALUE_LIBRARIES}
        given = {"encoder": self.encoder.name, "statistics": self.statistics.version}
        given |= {KEYED_BY: str(self.keying)} if self.keying.name else {}
        return {**parts, **given, "Unicode data": unicodedata.unidata_version, "ICU": icu.ICU_VERSION}


def _restored(
    modules: tuple[str, ...],
    declared: tuple[Mapping[str, Any], ...],
    features: tuple[str, ...],
    rules: tuple[str, ...],
    encoder: Encoder,
    statistics: Statistics,
    keying: Keying,
) -> Catalogue:
    chosen_again = load(modules, declared).select(features, rules)
    return replace(chosen_again, encoder=encoder, statistics=statistics, keying=keying)


def load(modules: Sequence[str] = (), declared: Sequence[Mapping[str, Any]] = ()) -> Catalogue:
    """The catalogue of this library, of further modules by name, and of blocking rules as settings declare them.

    Raises DeclarationError for two declarations of one name, a column that nothing provides, and too many rules.
    """
    catalogue = _load(tuple(modules))
    if not declared:
        return catalogue
    rules = (*catalogue.rules, *map(of_settings, declared))
    _refuse_duplicates(rules)
    _refuse_unreadable(rules, catalogue.standardisers, catalogue.entity_features)
    return replace(catalogue, rules=rules, declared=tuple(declared))


def chosen(settings: Settings) -> Catalogue:
    """The catalogue with the modules, features and rules that the settings choose, and the secret that they name."""
    catalogue = load(settings.catalogue.modules, settings.blocking.rule)
    chosen_ones = catalogue.select(settings.catalogue.features, settings.blocking.rules)
    return replace(chosen_ones, keying=Keying.of(settings.privacy))


@cache
def _load(further: tuple[str, ...]) -> Catalogue:
    own = [_import(name) for name in further]
    pair_features = [
        named(feature, name) for module in [*_modules(pairs), *own] for name, feature in _bound(module, PairFeature)
    ]
    standardisers = _declared(_modules(standardisation), RecordFunction)
    derived = _declared([*_modules(entities), *own], RecordFunction)
    rules = [*RULES, *(rule for module in own for _, rule in _bound(module, BlockingRule))]
    for kind in (pair_features, [*standardisers, *derived], rules):
        _refuse_duplicates(kind)
    raw = {RAW + field for field in tables.PARTY_FIELDS}
    ordered = _ordered(standardisers, raw)
    entity = _ordered(derived, {f.name for f in ordered})
    available = {f.name for f in (*ordered, *entity)}
    for feature in pair_features:
        _refuse_unknown(feature, available)
    _refuse_unreadable(rules, ordered, entity)
    return Catalogue(further, ordered, entity, tuple(rules), tuple(pair_features))


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise DeclarationError(f"the settings name the module {name!r}, which cannot be imported: {error}") from error
    except PairlakeError:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        raise DeclarationError(
            f"the settings name the module {name!r}, which fails when it is imported ({why}); mend it, or leave it out"
        ) from error


def _modules(*packages: ModuleType) -> list[ModuleType]:
    """The modules of packages, sorted by name."""
    found = [
        info.name for package in packages for info in pkgutil.iter_modules(package.__path__, package.__name__ + ".")
    ]
    return [importlib.import_module(name) for name in sorted(found)]


def _bound(module: ModuleType, kind: type[Declared]) -> list[tuple[str, Declared]]:
    """Declarations that the module itself makes, in the order it makes them; a rule of a kind is made elsewhere."""
    return [
        (name, value)
        for name, value in vars(module).items()
        if isinstance(value, kind) and (getattr(value, "module", None) == module.__name__ or getattr(value, "kind", ""))
    ]


def _declared(modules: Iterable[ModuleType], kind: type[RecordFunction]) -> list[RecordFunction]:
    return [declared for module in modules for _, declared in _bound(module, kind)]


def _ordered(functions: Sequence[RecordFunction], given: set[str]) -> tuple[RecordFunction, ...]:
    """Functions in an order in which each one's inputs come before it."""
    known, ordered, waiting = set(given), [], list(functions)
    while waiting:
        ready = [f for f in waiting if known.issuperset(f.inputs)]
        if not ready:
            _refuse_unknown(waiting[0], known | {f.name for f in waiting})
            names = ", ".join(f.name for f in waiting)
            raise DeclarationError(f"the record features {names} need one another in a circle")
        ordered += ready
        known |= {f.name for f in ready}
        waiting = [f for f in waiting if f not in ready]
    return tuple(ordered)


def _refuse_unknown(reader: RecordFunction | BlockingRule | PairFeature, available: set[str]) -> None:
    for column in reader.inputs:
        if column not in available:
            raise DeclarationError(
                f"{reader.module}.{reader.name} reads the column {column!r}, which nothing declares"
                + nearest(column, available)
            )


def _refuse_unreadable(
    rules: Sequence[BlockingRule], standardisers: Sequence[RecordFunction], derived: Sequence[RecordFunction]
) -> None:
    """DeclarationError for a rule that reads a column that is not there, or not yet, or of a type it cannot read, and
    for more rules than keys have numbers for.
    """
    if len(rules) > MOST_RULES:
        raise DeclarationError(
            f"there are {len(rules)} blocking rules; wanted at most {MOST_RULES}, so declare fewer in the modules of "
            "[catalogue] modules and in [[blocking.rule]]"
        )
    types = {f.name: f.arrow for f in (*standardisers, *derived)}
    early = {f.name for f in standardisers}
    text = {name for name, arrow in types.items() if arrow in TEXTS}
    for rule in rules:
        _refuse_unknown(rule, set(types))
        for column in rule.refine_by:
            if column not in text:
                raise DeclarationError(
                    f"the blocking rule {rule.name!r} is refined by {column!r}, which is no column of text"
                    + nearest(column, text)
                )
        for column, wanted in rule.accepts.items():
            if types[column] not in wanted:
                raise DeclarationError(
                    f"the blocking rule {rule.name!r} reads {column!r}, which is {types[column]}; "
                    f"wanted {' or '.join(map(str, wanted))}"
                )
        for split in rule.splits:
            if split.column not in early:
                raise DeclarationError(
                    f"the blocking rule {rule.name!r} sorts {split.column!r}, which is computed after the corpus "
                    f"statistics; wanted a standardised field" + nearest(split.column, early)
                )


def _identity(declared: RecordFunction | BlockingRule | PairFeature) -> str:
    """Where a declaration stands, its version, and, of a rule, its limits and the parameters of its kind.

    The limits decide which pairs there are, and of a rule that a kind made no source that is hashed says them.
    """
    stands = f"{declared.module}.{declared.name} version {declared.version}"
    if not isinstance(declared, BlockingRule):
        return stands
    made = f": {declared.kind}" if declared.kind else ""
    return f"{stands}{made}, max_pairs {declared.max_pairs}, refine_by {', '.join(declared.refine_by)}"


def _refuse_twice(names: Sequence[str], kind: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"the {kind} {name!r} is chosen twice; wanted each once")


def _refuse_duplicates(declared: Sequence[RecordFunction | BlockingRule | PairFeature]) -> None:
    seen: dict[str, str] = {}
    for declaration in declared:
        if declaration.name in seen:
            raise DeclarationError(
                f"{declaration.name!r} is declared twice, in {seen[declaration.name]} and in {declaration.module}"
            )
        seen[declaration.name] = declaration.module


def _find(declared: tuple[Declared, ...], name: str, kind: str) -> Declared:
    for declaration in declared:
        if declaration.name == name:
            return declaration
    raise DeclarationError(f"there is no {kind} {name!r}" + nearest(name, [d.name for d in declared]))


def _extended(schema: pa.Schema, fields: Iterable[pa.Field]) -> pa.Schema:
    return pa.schema([*schema, *fields])


@cache
def _source_hash(module: str) -> str:
    spec = importlib.util.find_spec(module)
    read = getattr(spec.loader, "get_source", None) if spec else None  # that of archives is no InspectLoader by type
    source = read(module) if read else None
    if source is None:
        raise DeclarationError(
            f"the module {module} has no source, which the fingerprint is made of; install it as .py"
        )
    return hashlib.blake2b(source.encode(), digest_size=8).hexdigest()
