"""What commands have in common: where their settings are, and settings for which Spark can start."""

from __future__ import annotations

from typing import Annotated

import typer

from features.settings import Settings, load

SettingsPath = Annotated[str, typer.Option("--settings", help="Settings file (TOML), here or as s3://….")]
DEFAULT_SETTINGS = "jobs/settings/local.toml"


def for_spark(path: str) -> Settings:
    """The settings of a command that needs Spark, refused at once where they or this machine's Java will not do."""
    settings = load(path)
    if not settings.spark.provided:
        from features.spark.session import check_java  # noqa: PLC0415  Spark takes seconds to import

        check_java()
    return settings
