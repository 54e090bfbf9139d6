"""Which party fields a run carries: those that something reads. The others are not read from their sources at all."""

from __future__ import annotations

from features.catalogue import RAW, Catalogue
from features.sections import Source
from features.settings import Settings
from features.tables import PARTY_FIELDS

COUNTED = "name_core"
"""Of this column the corpus statistics count the words, whatever is chosen."""


def needed(catalogue: Catalogue, *, refining: bool = True) -> tuple[str, ...]:
    """The party fields that pair features, blocking rules and corpus statistics are made of, in the tables' order.

    With `refining` also those by which the ladder may refine a rule's blocks.
    """
    read = [COUNTED, *catalogue.kernel_columns, *(column for rule in catalogue.rules for column in rule.inputs)]
    read += [split.column for split in catalogue.splits]
    read += catalogue.refining_columns if refining else ()
    behind = catalogue.behind(read)
    return tuple(field for field in PARTY_FIELDS if RAW + field in behind)


def carried(settings: Settings, catalogue: Catalogue) -> tuple[Source, ...]:
    """The sources with the columns of needed fields alone. What gates ask of a record they ask of these fields."""
    fields = _needed_by(settings, catalogue)
    return tuple(
        source.model_copy(update={"columns": {name: of for name, of in source.columns.items() if name in fields}})
        for source in settings.sources
    )


def not_carried(settings: Settings, catalogue: Catalogue) -> dict[str, list[str]]:
    """By source: the fields that the settings map and nothing reads. A source without such a field is left out."""
    fields = _needed_by(settings, catalogue)
    left = {source.name: [name for name in source.columns if name not in fields] for source in settings.sources}
    return {name: sorted(of, key=PARTY_FIELDS.index) for name, of in left.items() if of}


def _needed_by(settings: Settings, catalogue: Catalogue) -> tuple[str, ...]:
    return needed(catalogue, refining="refine" in settings.blocking.over_budget)
