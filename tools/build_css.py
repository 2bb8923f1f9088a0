"""Make the style sheet of the pages: NHS design system components in use, and our own rules.

Run it while developing, with Node's `npm` at hand: ``python tools/build_css.py``. It fetches
`nhsuk-frontend` (MIT) as a package into a temporary folder, keeps the rules whose classes occur in
the templates, takes the licensed font and the pictures out, appends ``tools/throughcare.css`` and
writes ``src/throughcare/web/static/throughcare.css``. Whoever uses a node needs none of this.
"""

import gzip
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src" / "throughcare" / "web"
PACKAGE = "nhsuk-frontend@10.6.1"
MEMBER = "package/dist/nhsuk/nhsuk-frontend.min.css"
NOTICE = """/*! Throughcare. Holds parts of nhsuk-frontend 10.6.1, MIT License,
Copyright (c) NHS England (Crown copyright). The licence is in NOTICE. */
"""
ELEMENTS = frozenset({"html", "body", "a", "button", "input", "p", "ul", "li", "strong"})
CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
NESTING = ("@media", "@supports", "@layer")


def fetched(folder: Path) -> str:
    """Return the distributed style sheet of the package."""
    command = ["npm", "pack", "--silent", PACKAGE]
    name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    with tarfile.open(folder / name.strip().splitlines()[-1]) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            message = f"{PACKAGE} holds no {MEMBER}; look where the package keeps it now."
            raise FileNotFoundError(message)
        return member.read().decode("utf-8")


def used_classes() -> frozenset[str]:
    """Return every nhsuk class in the templates, those put together in macros included."""
    text = "".join(path.read_text("utf-8") for path in sorted((WEB / "templates").glob("*.j2")))
    whole = set(re.findall(r"nhsuk-[\w-]+", text))
    stems = {name for name in whole if name.endswith("-")}
    parts = set(re.findall(r'"([\w-]+)"', text)) | {"10", "4", "2"}
    return frozenset(whole | {stem + part for stem in stems for part in parts})


def rules(text: str) -> Iterator[tuple[str, str]]:
    """Yield (prelude, body) of each top-level rule; no string of the sheet may hold a brace."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    start = depth = opened = 0
    for place, letter in enumerate(text):
        if letter == "{":
            opened = place if depth == 0 else opened
            depth += 1
        elif letter == "}":
            depth -= 1
            if depth == 0:
                yield text[start:opened].strip(), text[opened + 1 : place]
                start = place + 1
        elif letter == ";" and depth == 0:
            start = place + 1


def kept(text: str, used: frozenset[str]) -> str:
    """Return the rules of `text` whose selectors use no other classes than `used`."""
    found: list[str] = []
    for prelude, body in rules(text):
        if prelude.startswith(("@media print", "@font-face")):
            continue
        if prelude.startswith(NESTING):
            inner = kept(body, used)
            found += [f"{prelude}{{{inner}}}"] if inner else []
            continue
        if "url(/" in body:
            continue
        chosen = [each for each in split(prelude) if wanted(each, used)]
        if chosen:
            found.append(f"{','.join(chosen)}{{{body}}}")
    return "".join(found)


def split(prelude: str) -> list[str]:
    """Return the selectors of a rule; commas inside brackets do not part them."""
    return [each.strip() for each in re.split(r",(?![^(\[]*[)\]])", prelude)]


def wanted(selector: str, used: frozenset[str]) -> bool:
    """Say whether a selector is ours: its classes all used, and at least one of them there."""
    classes = CLASS.findall(selector)
    plain = [each.replace("\\", "") for each in classes]
    return bool(plain) and all(each in used for each in plain)


def neutral(text: str) -> str:
    """Return the rules without the licensed font: Arial, as the design system's own fallback."""
    return re.sub(r"Frutiger W0[12],?\s*", "", text).replace("frutiger,", "")


def lit(text: str) -> str:
    """Return the rules with those of the night written out: for who chose it, and by the device.

    Paper stays white: both are for screens alone.
    """
    start = text.index("@night {")
    end = text.index("\n}\n", start)
    night = text[start + len("@night {") : end]
    chosen = night.replace("NIGHT", ".tc-look--dark")
    device = night.replace("NIGHT", ".tc-look--device")
    ways = (
        f"@media screen {{{chosen}}}",
        f"@media screen and (prefers-color-scheme: dark) {{{device}}}",
    )
    return text[:start] + "\n".join(ways) + text[end + 3 :]


def squeezed(text: str) -> str:
    """Return our own rules without comments and needless white space."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\s*([{};,>])\s*", r"\1", text).replace(": ", ":").replace(";}", "}").strip()


def own_rules() -> str:
    """Return the rules of ``tools/throughcare.css`` as they end the style sheet."""
    return squeezed(lit((ROOT / "tools" / "throughcare.css").read_text("utf-8")))


def main() -> int:
    """Write the style sheet and say how large it is."""
    with tempfile.TemporaryDirectory() as folder:
        system = neutral(kept(fetched(Path(folder)), used_classes()))
    text = f"{NOTICE}{system}\n{own_rules()}\n"
    (WEB / "static" / "throughcare.css").write_text(text, "utf-8")
    size = len(gzip.compress(text.encode(), 9))
    sys.stdout.write(f"throughcare.css: {len(text.encode())} bytes, {size} compressed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
