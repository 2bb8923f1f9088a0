"""Set up what the make targets need: a virtual environment, the packages, a browser.

Runs with any Python 3.11 and its standard library alone. It does what is missing, says each step
in a line, and does nothing the second time: a stamp in the environment holds the digest of all
that was installed from.

    python3 tools/set_up.py run      what a node needs
    python3 tools/set_up.py test     that, the tools of the check, and Chromium where it may
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
FROM_NPM = {
    "clients": (ROOT / "tests" / "node" / "javascript", "the clients in JavaScript"),
    "examples": (ROOT / "tests" / "fhir" / "examples", "HL7's examples of R4 (190 MB)"),
}
"""What tests take from npm where it is, each by its lock file: folder, and what it is called."""
FONTS = Path("/usr/share/fonts")
OLDEST = (3, 11)


class SetUpError(Exception):
    """Something is missing that this script can't put right; the message says the way out."""


def say(text: str) -> None:
    """Print one step."""
    print(f"set-up: {text}", flush=True)


def succeeds(command: Sequence[str], *, quiet: bool = False) -> bool:
    """Run `command` in the repository and return whether it ended well."""
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, stdout=sink, stderr=sink, check=False).returncode == 0


def may_install() -> bool:
    """Return whether Debian packages can be installed here: apt-get exists and we are root."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_debian_package(name: str) -> bool:
    """Install `name` with apt-get and return whether that worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = ENVIRONMENT.with_name(".apt.log")
    update = ["apt-get", "update"]
    install = ["apt-get", "install", "--yes", "--no-install-recommends", name]
    with log.open("wb") as output:
        # A list of packages that can't be refreshed may still be good enough to install from.
        subprocess.run(update, env=environment, stdout=output, stderr=output, check=False)
        done = subprocess.run(install, env=environment, stdout=output, stderr=output, check=False)
    worked = done.returncode == 0
    if worked:
        log.unlink()
    else:
        say(f"apt-get could not install {name}; its output is in {log.name}")
    return worked


def make_environment() -> None:
    """Make the virtual environment unless a working one is there.

    Raises SetUpError if Python can't make one and may not be helped.
    """
    if PYTHON.exists() and succeeds([str(PYTHON), "-m", "pip", "--version"], quiet=True):
        return
    say(f"make a virtual environment in {ENVIRONMENT.name}/")
    command = [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]
    if succeeds(command, quiet=True):
        return
    if may_install():
        say("this Python has no venv module: install Debian's python3-venv")
        if install_debian_package("python3-venv") and succeeds(command):
            return
    message = "Python can't make a virtual environment. Install python3-venv, then try again."
    raise SetUpError(message)


def digest_of(requirements: Path) -> str:
    """Return a digest of all that an installation depends on."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (requirements, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def install_packages(name: str) -> None:
    """Install ``requirements/<name>.txt`` by hash, and this package, unless that is done already.

    Raises SetUpError if pip fails; what it says is on the screen.
    """
    requirements = ROOT / "requirements" / f"{name}.txt"
    stamp = ENVIRONMENT / f"installed-{name}"
    digest = digest_of(requirements)
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"install the packages of requirements/{name}.txt, each checked against its hash")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # Packages of a container belong to root anyway; pip's warning about that would be noise.
    quiet = ["--root-user-action=ignore"]
    # The file is complete: resolving anew could only ask for what it does not pin.
    locked = ["--require-hashes", "--no-deps", "--requirement", str(requirements)]
    itself = ["--no-deps", "--no-build-isolation", "--editable", "."]
    if not (succeeds([*pip, *quiet, *locked]) and succeeds([*pip, *quiet, *itself])):
        message = (
            "pip could not install the packages. Check that it reaches a package index "
            "(pip config list), then try again."
        )
        raise SetUpError(message)
    stamp.write_text(digest)


def find_browser() -> None:
    """Install Debian's Chromium where it is missing and may be; else say that tests will skip."""
    if shutil.which("chromium"):
        return
    if may_install():
        say("install Debian's Chromium for the browser tests (about 100 MB)")
        if install_debian_package("chromium"):
            return
    say("no Chromium: the browser tests will be skipped. Install the package chromium to run them.")


def find_font() -> None:
    """Install a font as wide as Arial, which people's devices have and the pages ask for.

    Without it a page is laid out in what the machine happens to have, which tells nothing about
    what fits on the first screen of a phone.
    """
    if any(FONTS.glob("**/LiberationSans-Regular.ttf")) or any(FONTS.glob("**/[Aa]rial.ttf")):
        return
    if may_install():
        say("install Debian's fonts-liberation, as wide as Arial, for the browser tests")
        if install_debian_package("fonts-liberation"):
            return
    say("no font as wide as Arial: browser tests may see other line breaks. Install one.")


def install_from_npm() -> None:
    """Install what tests take from npm, by its lock files, where npm is."""
    npm = shutil.which("npm")
    if npm is None:
        say("no npm: clients in JavaScript and HL7's examples will not be tried. Install Node 20.")
        return
    for name, (folder, what) in FROM_NPM.items():
        if folder.is_dir():
            install_locked(npm, name, folder, what)


def install_locked(npm: str, name: str, folder: Path, what: str) -> None:
    """Install what the lock file of `folder` names, unless that is done already."""
    stamp = ENVIRONMENT / f"installed-{name}"
    digest = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest and (folder / "node_modules").is_dir():
        return
    say(f"install {what} in {folder.relative_to(ROOT)}, checked by hash")
    if subprocess.run([npm, "ci", "--silent"], cwd=folder, check=False).returncode == 0:
        stamp.write_text(digest)
    else:
        say("npm could not install them: those tests will be skipped. See what npm ci says.")


def main(arguments: Sequence[str]) -> int:
    """Set up for ``run`` or ``test``; 2 on wrong usage, 1 where something is missing."""
    if list(arguments) not in (["run"], ["test"]):
        print(__doc__)
        return 2
    if sys.version_info < OLDEST:
        say(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}.")
        return 1
    try:
        make_environment()
        install_packages(arguments[0])
    except SetUpError as error:
        say(str(error))
        return 1
    if arguments[0] == "test":
        find_browser()
        find_font()
        install_from_npm()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
