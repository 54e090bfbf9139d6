"""The command `pairlake serve`: online lookup as a small HTTP service."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import tempfile
import threading
from functools import partial
from typing import Annotated, Any

import prometheus_client  # noqa: F401  before Feast, whose import changes how it counts
import typer
from pydantic import ValidationError

from features.outputs import Serve
from features.settings import Settings, SettingsError, load
from jobs.options import DEFAULT_SETTINGS, SettingsPath
from jobs.serving.access import of_settings


def serve(
    settings: SettingsPath = DEFAULT_SETTINGS,
    host: Annotated[str | None, typer.Option(help="Address to listen on, in the place of [serve] host.")] = None,
    port: Annotated[int | None, typer.Option(help="Port, in the place of [serve] port; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes, in the place of [serve] workers.", min=1)] = None,
) -> None:
    """Answer lookups over HTTP from what is online, until told to stop (SIGTERM, SIGINT)."""
    given = {name: value for name, value in (("host", host), ("port", port), ("workers", workers)) if value is not None}
    loaded = _with(load(settings), given)
    of_settings(loaded.serve)  # refused here, and not by every process
    _run(loaded)


def made(settings: Settings) -> Any:
    """The application, in the process that serves it."""
    from jobs.online import open_served  # noqa: PLC0415  Feast takes seconds to import
    from jobs.serving import logs  # noqa: PLC0415
    from jobs.serving.application import application  # noqa: PLC0415
    from jobs.serving.current import Current, Opened  # noqa: PLC0415

    def opened() -> Opened:
        """What stays until the next load is looked at by no collection of garbage before it: one takes 0.16 s."""
        gc.unfreeze()
        found = open_served(settings)
        gc.collect()
        gc.freeze()
        return found

    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    logs.to_stderr()
    current = Current(opened, settings.serve.reload_seconds)
    return application(settings, current, of_settings(settings.serve))


def _end_with_parent() -> None:
    """End in order once the process that started this one is no more, be it killed: nobody would end it otherwise."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _with(settings: Settings, given: dict[str, Any]) -> Settings:
    """The settings with what the command line says in their place, checked as they are."""
    try:
        changed = Serve.model_validate({**settings.serve.model_dump(), **given})
    except ValidationError as error:
        wrong = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise SettingsError(f"[serve] {wrong}") from error
    return settings.model_copy(update={"serve": changed})


def _run(settings: Settings) -> None:
    from uvicorn import Config, Server  # noqa: PLC0415
    from uvicorn.supervisors import Multiprocess  # noqa: PLC0415

    serve = settings.serve
    config = Config(
        partial(made, settings),
        factory=True,
        host=serve.host,
        port=serve.port,
        workers=serve.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=serve.shutdown_seconds,
    )
    socket = config.bind_socket()
    typer.echo(f"listening on http://{serve.host}:{socket.getsockname()[1]}", err=True)
    if serve.workers == 1:
        server = Server(config)
        server.run([socket])
        return
    with tempfile.TemporaryDirectory(prefix="pairlake-figures-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # seen by the processes that are started: their figures add up
        Multiprocess(config, sockets=[socket]).run()
