"""The style sheet of the pages is the one that its sources make."""

from house.repository import ROOT
from house.tool import tool


def test_the_shipped_sheet_ends_with_our_own_rules() -> None:
    shipped = ROOT / "src" / "throughcare" / "web" / "static" / "throughcare.css"
    own = tool("build_css").own_rules()
    assert own.startswith(":root{")
    assert shipped.read_text("utf-8").endswith(f"\n{own}\n"), "run: python tools/build_css.py"
