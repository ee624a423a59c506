"""Build the wheel and run the suite against it: ``python tests/run_against_wheel.py [pytest arguments]``.

The wheel is unpacked into a folder of its own by pip, and the tests run in a fresh virtual environment that sees this
folder first and the development environment's other distributions after it. The source roots are not on the path, so
what the tests import is what users install.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"syncline", "syncline_connectors", "syncline_cli"}
SHIPPED = {f"{package}/py.typed" for package in PACKAGES} | {"syncline/report/templates/"}


def main(arguments: list[str]) -> int:
    """Build, check, run; returns pytest's exit code."""
    with tempfile.TemporaryDirectory(prefix="syncline-wheel-") as folder:
        work = Path(folder)
        wheel = build(work / "dist")
        check(wheel)
        python = install(wheel, work)
        print(f"testing {wheel.name}, installed in {work}", flush=True)
        return test(python, arguments)


def build(target: Path) -> Path:
    """The wheel of this checkout."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", target, ROOT],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (wheel,) = target.glob("*.whl")
    return wheel


def check(wheel: Path) -> None:
    """Nothing but our three packages may land in site-packages, with their data."""
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    metadata = {name for name in top if name.endswith(".dist-info")}
    assert top - metadata == PACKAGES, f"the wheel installs {sorted(top)}"
    assert len(metadata) == 1, f"the wheel has {sorted(metadata)}"
    missing = [wanted for wanted in SHIPPED if not any(name.startswith(wanted) for name in names)]
    assert not missing, f"the wheel lacks {missing}"


def install(wheel: Path, work: Path) -> Path:
    """An environment with the wheel before everything else; returns its interpreter."""
    environment = work / "venv"
    venv.create(environment, with_pip=False, symlinks=True)
    python = environment / "bin" / "python"
    own = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
    )
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "-q",
        "--no-deps",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, wheel], check=True)
    # A path file adds folders after our own; unlike addsitedir it does not run the .pth of the editable install.
    others = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (own / "development.pth").write_text("".join(f"{path}\n" for path in others), encoding="utf-8")
    return python


def test(python: Path, arguments: list[str]) -> int:
    """Run pytest from the repository root, where the tests are but no importable package is."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    }  # compiling all tests anew takes each worker ten seconds
    environ["SYNCLINE_EXPECT_PREFIX"] = str(python.parent.parent)
    environ["PATH"] = f"{python.parent}{os.pathsep}{environ.get('PATH', '')}"
    chosen = arguments or ["-n", "2", "--dist", "loadscope"]
    return subprocess.run(
        [python, "-P", "-m", "pytest", *chosen], cwd=ROOT, env=environ, check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
