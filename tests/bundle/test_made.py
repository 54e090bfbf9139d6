"""What a bundle is made of: the same bytes from the same files, and nothing that the platform brings.

`make bundle` makes a whole one, and `make test-bundle` runs it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from features import catalogue as catalogues

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bundle() -> ModuleType:
    """The program infra/bundle.py."""
    spec = importlib.util.spec_from_file_location("bundle", ROOT / "infra/bundle.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The code as another machine has it: other times, other permissions, and caches."""
    for name in ("features", "jobs", "expectations", "feature_repo"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    for path in tmp_path.rglob("*.py"):
        path.chmod(0o600)
        os.utime(path, (1, 1))
    (tmp_path / "features/__pycache__").mkdir()
    (tmp_path / "features/__pycache__/run.cpython-311.pyc").write_bytes(b"x")
    return tmp_path


def test_code_is_the_same_bytes_on_every_machine(bundle: ModuleType, checkout: Path, tmp_path: Path) -> None:
    bundle.write_zip(tmp_path / "one.zip", bundle.code())
    bundle.write_zip(tmp_path / "two.zip", reversed(list(bundle.code(checkout))))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_code_runs_from_the_archive_and_knows_its_version_and_its_sources(bundle: ModuleType, tmp_path: Path) -> None:
    archive = tmp_path / "pairlake.zip"
    bundle.write_zip(archive, bundle.code())
    asked = (
        "import importlib.metadata, importlib.resources, json, sys; sys.path.insert(0, sys.argv[1]); "
        "import features, feature_repo, features.catalogue; fingerprint = features.catalogue.load().fingerprint; "
        "settings = (importlib.resources.files(feature_repo) / 'feature_store.yaml').read_text(); "
        "print(json.dumps([features.__file__, importlib.metadata.version('pairlake'), settings[:10], fingerprint]))"
    )
    command = [sys.executable, "-P", "-c", asked, str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path, env={"PYTHONPATH": ""})
    place, version, settings, fingerprint = json.loads(done.stdout)
    assert place == f"{archive}/features/__init__.py"
    assert f'version = "{version}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert settings.startswith("#")
    assert fingerprint == catalogues.load().fingerprint


OWN = """
from features.declare import record_feature

@record_feature()
def {name}(name_core: str) -> str:
    \'\'\'The first letter.\'\'\'
    return name_core[:1]
"""


def test_modules_of_ones_own_travel_with_the_code(bundle: ModuleType, tmp_path: Path) -> None:
    own, archive = [tmp_path / "own_module.py", tmp_path / "own_package"], tmp_path / "elsewhere/pairlake.zip"
    for folder in (own[1], archive.parent):
        folder.mkdir()
    for path, name in ((own[0], "one"), (own[1] / "__init__.py", "two"), (own[1] / "inside.py", "three")):
        path.write_text(OWN.format(name=name), encoding="utf-8")
    bundle.refuse_clashes(own)
    bundle.write_zip(archive, [*bundle.code(), *bundle.modules(own)])
    asked = (
        "import sys; sys.path.insert(0, sys.argv[1]); from features.catalogue import load; "
        "print({'one', 'two', 'three'} & {f.name for f in load(sys.argv[2:]).entity_features})"
    )
    command = [sys.executable, "-P", "-c", asked, str(archive), "own_module", "own_package.inside"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": ""})
    assert set(done.stdout.strip("{}\n").replace("'", "").split(", ")) == {"one", "three"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.py", "no such module"),
        ("not-a-name.py", "no such module"),
        ("words.txt", "no such module"),
        ("no_package", "no such module"),
        ("features.py", "another module is called features"),
        ("json.py", "another module is called json"),
    ],
)
def test_what_cannot_be_imported_by_its_name_is_refused(
    bundle: ModuleType, tmp_path: Path, name: str, said: str
) -> None:
    if name == "no_package":
        (tmp_path / name).mkdir()
    elif name != "missing.py":
        (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(bundle.BundleError, match=said):
        bundle.refuse_clashes([tmp_path / name])


def test_an_environment_is_the_same_bytes_and_its_programs_can_be_run(bundle: ModuleType, tmp_path: Path) -> None:
    members = [("bin/python", b"program", 0o755), ("lib/x.py", b"text", 0o644)]
    for name in ("one.tar.gz", "two.tar.gz"):
        bundle.write_tar(tmp_path / name, members)
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        assert [(m.name, m.mode, m.uid, m.uname) for m in archive] == [
            ("bin/python", 0o755, 0, ""),
            ("lib/x.py", 0o644, 0, ""),
        ]


def test_a_wheel_is_installed_where_python_looks(bundle: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "example-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    files = ["example/__init__.py", "example-1.0.data/platlib/example/fast.so", "example-1.0.data/data/share/words.txt"]
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in [*files, "example-1.0.data/scripts/example", "example-1.0.data/headers/example.h"]:
            archive.writestr(name, name)
    put = {path: mode for path, _, mode in bundle.installed(wheel, "lib/python3.11/site-packages")}
    assert put == {
        "lib/python3.11/site-packages/example/__init__.py": 0o644,
        "lib/python3.11/site-packages/example/fast.so": 0o755,
        "share/words.txt": 0o644,
    }


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["a-1-py3-none-any.whl"], (2, 17)),
        (["a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl"], (2, 17)),
        (["a-1-cp311-cp311-manylinux_2_27_x86_64.whl", "b-1-cp39-abi3-manylinux_2_34_x86_64.whl"], (2, 34)),
    ],
)
def test_the_c_library_is_the_newest_that_a_wheel_cannot_do_without(
    bundle: ModuleType, names: list[str], wanted: tuple[int, int]
) -> None:
    assert bundle.wanted_glibc(names) == wanted


def test_libraries_are_those_that_are_tested_without_what_the_platform_brings(bundle: ModuleType) -> None:
    packed = bundle.pins((ROOT / "requirements/bundle.txt").read_text(encoding="utf-8"))
    tested = (ROOT / "requirements/dev.txt").read_text(encoding="utf-8").splitlines()
    names = {line.partition("==")[0] for line in packed}
    assert {"boto3", "deltalake", "pyicu", "redis", "wordllama"} <= names
    assert names.isdisjoint({"pyspark", "py4j", "delta-spark"})
    only_before = {line for line in packed if "python_full_version < '3.11.3'" in line}
    assert set(packed) - only_before - set(tested) == set()
