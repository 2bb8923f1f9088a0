"""Measures our macros beside the design system's: ``python bench/pages.py``. CPU time of one."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from table import show, title

from throughcare.web.templating import environment

ROUNDS, CALLS = 15, 50


def cost(work: Callable[[], object]) -> float:
    """Return the median CPU microseconds of one call."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(CALLS):
            work()
        times.append((time.process_time() - begun) / CALLS * 1e6)
    return statistics.median(times)


def macros() -> None:
    """Print what a button and a field cost, ours and the design system's."""
    peers = Environment(
        loader=PackageLoader("nhsuk_frontend_jinja"),
        autoescape=True,
        undefined=ChainableUndefined,
    )
    ours: Any = environment().get_template("macros.html.j2").make_module({"session": None})
    given: dict[str, dict[str, Any]] = {
        "button": {"text": "Later", "variant": "secondary", "name": "verdict", "value": "later"},
        "input": {"id": "a", "name": "a", "label": {"text": "Name"}, "hint": {"text": "All"}},
    }
    for name, params in given.items():
        source = (
            f'{{% from "nhsuk/components/{name}/macro.jinja" import {name} %}}'
            f"{{{{ {name}(params) }}}}"
        )
        template = peers.from_string(source)

        def theirs(template: Any = template, params: dict[str, Any] = params) -> object:  # noqa: ANN401
            return template.render(params=params)

        def own(name: str = name) -> object:
            if name == "button":
                return ours.button("Later", "secondary", "verdict", "later")
            return ours.input("a", "Name", {}, {}, hint="All")

        show(f"macro {name}, beside the design system's own", cost(own), cost(theirs))


def main() -> None:
    """Print what a button and a field cost."""
    title("pages")
    macros()


if __name__ == "__main__":
    main()
