"""What the files of the repository may not hold, and what must stand beside a dependency."""

import re
import tomllib

from house.repository import ROOT, files, read

# Written with brackets, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    r"py[p]i\.(org|python)|python[h]osted|registry\.(np[m]js|yarn[p]kg)|proxy\.gola[n]g"
)
MACHINE_PATHS = re.compile(r"(?<![\w.:/~*-])/(?:wo[r]k|ro[o]t|tm[p]|home/\w+)/[\w.-]")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in files():
        content = (ROOT / path).read_bytes()
        if b"\0" in content:
            continue
        text = content.decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path}:{number}")
    return found


def test_no_file_names_a_package_registry() -> None:
    assert lines_with(REGISTRIES) == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_the_patterns_find_what_they_look_for() -> None:
    domain = ".org"
    assert REGISTRIES.search(f"https://pypi{domain}/simple")
    assert MACHINE_PATHS.search("open('/ro" + "ot/node')")
    assert not MACHINE_PATHS.search("GET /fhir/tmp/x and docs/work/y")


def test_every_dependency_has_its_reason_beside_it() -> None:
    settings = tomllib.loads(read("pyproject.toml"))
    groups = settings["dependency-groups"].values()
    wanted = [*settings["project"]["dependencies"], *(one for group in groups for one in group)]
    reasons = {}
    for line in read("pyproject.toml").splitlines():
        match = re.match(r'\s*"([^"]+)",\s*# (.+)', line)
        if match:
            reasons[match[1]] = match[2]
    assert [one for one in wanted if one not in reasons] == []


def test_requirement_files_hold_nothing_but_versions_and_hashes() -> None:
    for name in ("run", "test"):
        for line in read(f"requirements/{name}.txt").splitlines():
            assert re.fullmatch(
                r"[a-z0-9.-]+==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
            ), line


def test_what_runs_a_node_has_the_same_version_in_tests() -> None:
    def versions(name: str) -> set[str]:
        text = read(f"requirements/{name}.txt")
        return set(re.findall(r"^([a-z0-9.-]+==[^ ]+)", text, re.MULTILINE))

    assert versions("run") <= versions("test")


def test_every_declared_dependency_is_compiled() -> None:
    settings = tomllib.loads(read("pyproject.toml"))
    declared = {
        "run": settings["project"]["dependencies"],
        "test": settings["dependency-groups"]["test"],
    }
    for name, wanted in declared.items():
        compiled = read(f"requirements/{name}.txt")
        for requirement in wanted:
            package = re.match(r"[\w.-]+", requirement)
            assert package
            assert f"\n{package[0].lower()}==" in f"\n{compiled}", (
                f"run make requirements: {package[0]}"
            )
