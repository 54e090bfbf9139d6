"""What a pair feature, a record feature and a blocking rule are, and how each is declared.

Everything here is data about a function: the parameter names are the columns it reads, the return
annotation is its contract, the docstring is its catalogue entry. A declaration that does not hold
together is refused when its module is imported, in words.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import pyarrow as pa

from features.contracts import (
    AGREEMENT_STATES,
    GRADED_STATES,
    Agreement,
    Comparator,
    Contract,
    Cosine,
    Days,
    Encoder,
    FloatArray,
    GradedAgreement,
    GridComparator,
    Reason,
    SharedBits,
    Similarity,
    StateArray,
    UnsharedBits,
    at_least,
    at_most,
)
from features.errors import PairlakeError
from features.statistics import Split, Statistics
from features.views import Text, Tokens, Vector, Weights

Declares = TypeVar("Declares", bound=Callable[..., Any])


class DeclarationError(PairlakeError):
    """A feature, rule or setting was declared in a way that cannot hold; the message says how to mend it."""


_TAKE_PLAIN: set[Any] = set()


def takes_plain(function: Declares) -> Declares:
    """Mark a comparator, or the function of a pair feature, that makes the same bits of plain values of one pair.

    It does if it calls nothing but such comparators and the arithmetic of `features.comparators.values`. One that is
    not marked is given arrays, be it for one pair.
    """
    _TAKE_PLAIN.add(function)
    return function


@dataclass(frozen=True, eq=False)
class PairFeature:
    """One declared column of pair_features."""

    name: str
    module: str
    inputs: tuple[str, ...]
    returns: Contract
    doc: str
    version: int
    symmetric: bool
    function: Callable[..., Any] | None = None
    comparator: GridComparator | None = None
    elementwise: Comparator | None = None
    said: tuple[Reason, ...] = ()

    @property
    def plain(self) -> Callable[..., Any] | None:
        """What computes it of one pair from plain values; None where nothing does."""
        if self.comparator is not None:
            return getattr(self.comparator, "one", None)
        call = self.function or self.elementwise
        return call if call in _TAKE_PLAIN else None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons it declares; a feature of states or of equality has those that follow from its name."""
        if self.said:
            return self.said
        if self.returns.states:
            stem = self.name.removesuffix("_agreement").upper()
            silent = ("both_missing", "one_missing")
            states = [(n, state) for n, state in enumerate(self.returns.states) if state not in silent]
            return tuple(Reason(f"{stem}_{state.upper()}", n, n) for n, state in states)
        if self.name.endswith("_equal"):
            stem = self.name.removesuffix("_equal").upper()
            return Reason(f"{stem}_EQUAL", 1, 1), Reason(f"{stem}_DIFFERENT", 0, 0)
        return ()

    def reason(self, value: float | None) -> str | None:
        """The code of what a value says; None where it says nothing that carries weight."""
        if value is None:
            return None
        single = np.float32(value)  # values are of single precision, and bounds must be to be met exactly
        return next((r.code for r in self.reasons if np.float32(r.low) <= single <= np.float32(r.high)), None)

    @property
    def family(self) -> str:
        """The module that declares it: names, identifiers, …"""
        return self.module.rpartition(".")[2]

    @property
    def field(self) -> pa.Field:
        """Arrow field of the feature's column."""
        return pa.field(self.name, self.returns.arrow, nullable=self.returns.nullable)


@dataclass(frozen=True)
class RecordFunction:
    """One declared column of a record: `name` is computed from the columns in `inputs`.

    A required input that is missing makes the result missing without a call. `given` names what is not a column
    but belongs to the catalogue: `statistics`, `encoder`.
    """

    name: str
    module: str
    inputs: tuple[str, ...]
    required: tuple[str, ...]
    arrow: pa.DataType
    doc: str
    version: int
    function: Callable[..., Any]
    batch: bool
    given: tuple[str, ...] = ()

    @property
    def field(self) -> pa.Field:
        """Arrow field of the computed column."""
        return pa.field(self.name, self.arrow)


REFINE_BY = ("name_tokens", "person_tokens", "postal_area", "city", "house_number")
"""What the members of an oversized block must agree on too, tried in this order, where a rule does not say."""


@dataclass(frozen=True)
class BlockingRule:
    """Record → keys. Records that share a key are candidates; `max_pairs` drops a key that says too little.

    With `batch` the function takes and returns whole lists, one entry a record. A rule that was made by a kind of
    rule says in `kind` which, with every parameter; `accepts` are the types that it can read of a column, and
    `splits` what it needs cut in the corpus statistics. `refine_by` names columns of text, or lists of it, by which
    the ladder may refine the rule's blocks.
    """

    name: str
    module: str
    inputs: tuple[str, ...]
    required: tuple[str, ...]
    doc: str
    version: int
    function: Callable[..., Any]
    max_pairs: int | None
    given: tuple[str, ...] = ()
    batch: bool = False
    kind: str = ""
    accepts: Mapping[str, tuple[pa.DataType, ...]] = field(default_factory=dict)
    splits: tuple[Split, ...] = ()
    refine_by: tuple[str, ...] = REFINE_BY


def scored(
    columns: str | tuple[str, ...],
    comparator: GridComparator | Comparator,
    *reasons: Reason,
    doc: str,
    version: int = 1,
    symmetric: bool = True,
) -> PairFeature:
    """Declare a pair feature that is one comparator on one column or on several; its name is the name it is bound to.

    Features of the same comparator are computed in one call where records are few, as in a lookup.
    """
    where = f"scored({columns!r})"
    inputs = (columns,) if isinstance(columns, str) else columns
    elementwise: Any = comparator if inspect.isfunction(comparator) else None
    grid: Any = None if elementwise else comparator
    return PairFeature(
        name="",
        module=_caller_module(),
        inputs=inputs,
        returns=_elementwise_contract(elementwise, inputs, where) if elementwise else grid.returns,
        doc=_checked_doc(doc, where),
        version=version,
        symmetric=symmetric,
        comparator=grid,
        elementwise=elementwise,
        said=reasons,
    )


def _elementwise_contract(comparator: Comparator, inputs: tuple[str, ...], where: str) -> Contract:
    """The contract in a comparator's return annotation, if it takes both sides of each column."""
    takes, wanted = len(inspect.signature(comparator).parameters), 2 * len(inputs)
    if takes != wanted:
        raise DeclarationError(
            f"{where}: {comparator.__name__} takes {takes} views; wanted {wanted}, both sides of each column"
        )
    return _contract(get_type_hints(comparator, include_extras=True).get("return"), where)


def computed(
    columns: tuple[str, ...],
    comparator: Comparator,
    returns: Any,
    *reasons: Reason,
    module: str,
    doc: str,
    version: int = 1,
) -> PairFeature:
    """Declare a symmetric comparator of columns that is made by another function; others are declared with `scored`."""
    where = f"computed({', '.join(columns)}) in {module}"
    return PairFeature(
        name="",
        module=module,
        inputs=columns,
        returns=_contract(returns, where),
        doc=_checked_doc(doc, where),
        version=version,
        symmetric=True,
        elementwise=comparator,
        said=reasons,
    )


def pair_feature(
    *reasons: Reason, version: int = 1, symmetric: bool = True
) -> Callable[[Callable[..., Any]], PairFeature]:
    """Declare a function over gathered columns as a pair feature.

    Parameters are named `column_l` and `column_r`; the return annotation is the contract. A number is null, and the
    function is not called, where one side has no value at all in the columns it reads.
    """

    def declare(function: Callable[..., Any]) -> PairFeature:
        where = f"{function.__module__}.{function.__name__}"
        hints = get_type_hints(function, include_extras=True)
        parameters = list(inspect.signature(function).parameters)
        return PairFeature(
            name=function.__name__,
            module=function.__module__,
            inputs=_two_sided(parameters, where),
            returns=_contract(hints.get("return"), where),
            doc=_checked_doc(function.__doc__, where),
            version=version,
            symmetric=symmetric,
            function=function,
            said=reasons,
        )

    return declare


def record_feature(*, version: int = 1, batch: bool = False) -> Callable[[Callable[..., Any]], RecordFunction]:
    """Declare a function from a record's fields to one more field.

    A parameter annotated `str` is required, `str | None` is not; `statistics: Statistics` and `encoder: Encoder`
    are the catalogue's. With `batch` the function takes and returns whole lists, one entry a record.
    """

    def declare(function: Callable[..., Any]) -> RecordFunction:
        where = f"{function.__module__}.{function.__name__}"
        hints = get_type_hints(function)
        inputs, required, given = _record_inputs(function, hints)
        return RecordFunction(
            name=function.__name__,
            module=function.__module__,
            inputs=inputs,
            required=required,
            arrow=_arrow_type(hints.get("return"), where, batch=batch),
            doc=_checked_doc(function.__doc__, where),
            version=version,
            function=function,
            batch=batch,
            given=given,
        )

    return declare


def blocking_rule(
    *,
    version: int = 1,
    max_pairs: int | None = None,
    batch: bool = False,
    refine_by: tuple[str, ...] = REFINE_BY,
) -> Callable[[Callable[..., Any]], BlockingRule]:
    """Declare a function from a record's fields to its key, its keys, or None for no key.

    A key of more pairs than `max_pairs` is dropped; with None none is.
    `refine_by` names what the members of an oversized block must agree on too, tried in this order.
    With `batch` it takes and returns whole lists, one entry a record, and a record's keys may not depend on the others.
    """

    def declare(function: Callable[..., Any]) -> BlockingRule:
        where = f"{function.__module__}.{function.__name__}"
        hints = get_type_hints(function)
        _refuse_other_keys(hints.get("return"), where, batch=batch)
        if max_pairs is not None and (type(max_pairs) is not int or max_pairs < 1):
            raise DeclarationError(f"{where}: max_pairs is {max_pairs!r}; wanted a whole number, 1 or more, or None")
        inputs, required, given = _record_inputs(function, hints)
        return BlockingRule(
            name=function.__name__,
            module=function.__module__,
            inputs=inputs,
            required=required,
            doc=_checked_doc(function.__doc__, where),
            version=version,
            function=function,
            max_pairs=max_pairs,
            given=given,
            batch=batch,
            refine_by=refine_by,
        )

    return declare


def named(feature: PairFeature, name: str) -> PairFeature:
    """The feature under the name its module binds it to."""
    return feature if feature.name else replace(feature, name=name)


GIVEN: dict[str, type] = {"statistics": Statistics, "encoder": Encoder}
"""Parameters that are no column: what the catalogue holds for all records, by name and type."""

_ARROW_OF: dict[Any, pa.DataType] = {
    str: pa.string(),
    bytes: pa.binary(),
    bool: pa.bool_(),
    int: pa.int32(),
    float: pa.float32(),
    list[str]: pa.list_(pa.string()),
    list[int]: pa.list_(pa.int32()),
}


_KEYS = (str, list[str], set[str], tuple[str, ...], type(None))
"""What a blocking rule may return for a record, or several of them."""


def _arrow_type(hint: Any, where: str, *, batch: bool) -> pa.DataType:
    """The Arrow type of a record function's return annotation, optional or not."""
    hint = _for_a_record(hint, batch=batch)
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if hint not in _ARROW_OF:
        wanted = ", ".join(str(t) for t in ("str", "bytes", "bool", "int", "float", "list[str]", "list[int]"))
        raise DeclarationError(f"{where} returns {hint!r}; wanted one of {wanted}, or it `| None`")
    return _ARROW_OF[hint]


def _refuse_other_keys(hint: Any, where: str, *, batch: bool) -> None:
    """DeclarationError for a return annotation that is neither of a key nor of keys, optional or not."""
    hint = _for_a_record(hint, batch=batch)
    returned = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if hint is type(None) or any(one not in _KEYS for one in returned):
        one = "a list, one entry a record, of " if batch else ""
        raise DeclarationError(
            f"{where} returns {hint!r}; wanted {one}str, list[str], set[str] or tuple[str, ...], or it `| None`"
        )


def _for_a_record(hint: Any, *, batch: bool) -> Any:
    """What of a return annotation is said of one record; None where it does not say."""
    if batch:
        return get_args(hint)[0] if get_origin(hint) is list and get_args(hint) else None
    return hint


def _record_inputs(
    function: Callable[..., Any], hints: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The columns a record function reads, those it cannot do without, and what the catalogue gives it."""
    parameters = tuple(inspect.signature(function).parameters)
    missing = [name for name in parameters if name not in hints]
    if missing:
        raise DeclarationError(
            f"{function.__module__}.{function.__name__}: parameter {missing[0]!r} has no annotation; "
            "write `str` for a required column, `str | None` for an optional one"
        )
    given = tuple(name for name in parameters if hints[name] is GIVEN.get(name))
    inputs = tuple(name for name in parameters if name not in given)
    return inputs, tuple(name for name in inputs if type(None) not in get_args(hints[name])), given


def _two_sided(parameters: Sequence[str], where: str) -> tuple[str, ...]:
    """Column names behind `x_l, x_r` parameters, each with both sides."""
    columns = list(dict.fromkeys(p[:-2] for p in parameters if p.endswith(("_l", "_r"))))
    if not columns or sorted(parameters) != sorted(f"{c}_{side}" for c in columns for side in "lr"):
        raise DeclarationError(
            f"{where} has the parameters {', '.join(parameters) or 'none'}; a pair feature reads each column "
            "from both sides, as `column_l, column_r`"
        )
    return tuple(columns)


def _contract(hint: Any, where: str) -> Contract:
    for part in get_args(hint) if get_origin(hint) is Annotated else ():
        if isinstance(part, Contract):
            return part
    raise DeclarationError(
        f"{where} has the return annotation {hint!r}; wanted Similarity, Agreement or another "
        "contract of features.declare"
    )


def _checked_doc(doc: str | None, where: str) -> str:
    if not doc or not doc.strip():
        raise DeclarationError(f"{where} has no docstring; it is the feature's entry in the catalogue")
    return inspect.cleandoc(doc)


def _caller_module() -> str:
    """Name of the module whose top level calls a declaring function of this one."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")) if frame else ""


__all__ = [
    "AGREEMENT_STATES",
    "GRADED_STATES",
    "Agreement",
    "BlockingRule",
    "Contract",
    "Cosine",
    "Days",
    "DeclarationError",
    "Encoder",
    "FloatArray",
    "GradedAgreement",
    "GridComparator",
    "PairFeature",
    "Reason",
    "RecordFunction",
    "SharedBits",
    "Similarity",
    "StateArray",
    "Statistics",
    "Text",
    "Tokens",
    "UnsharedBits",
    "Vector",
    "Weights",
    "at_least",
    "at_most",
    "blocking_rule",
    "computed",
    "named",
    "pair_feature",
    "record_feature",
    "scored",
    "takes_plain",
]
