"""Pages speak Polaris as documented, and say nothing outside the catalogue."""

import re
from gettext import NullTranslations
from pathlib import Path

import pytest

from admin_ui.assets import STATIC, Assets
from admin_ui.formats import Formats
from admin_ui.screen import TEMPLATES, Screen
from tests.admin_ui.markup import MANIFEST, polaris_faults, unmarked_text
from tests.admin_ui.world import NOW, an_admin, bearer


@pytest.mark.parametrize("path", ["/", "/app/settings", "/app/missing"])
def test_pages_keep_to_the_polaris_manifest(path: str) -> None:
    html = an_admin().get(path, headers=bearer()).text
    assert html.count("<s-") > 4
    assert polaris_faults(html) == []


@pytest.mark.parametrize(
    ("markup", "fault"),
    [
        ("<s-card></s-card>", "<s-card> is not an element"),
        ('<s-button colour="red"></s-button>', "<s-button> has no attribute colour"),
        ('<s-badge tone="red"></s-badge>', "<s-badge tone='red'> is not one of its values"),
        ('<s-stack gap="1rem"></s-stack>', "<s-stack gap='1rem'> is not one of its values"),
        ('<s-page><p slot="footer"></p></s-page>', "<s-page> has no slot 'footer' for <p>"),
        ("<s-empty-state><p></p></s-empty-state>", "<s-empty-state> has no slot '' for <p>"),
        (
            '<s-grid gridTemplateColumns="@container (inline-size > 1px) 1fr, 2fr"></s-grid>',
            "<s-grid gridtemplatecolumns='@container (inline-size > 1px) 1fr, 2fr'> is not one of its values",
        ),
    ],
)
def test_the_lint_finds(markup: str, fault: str) -> None:
    assert polaris_faults(markup) == [fault]


def test_every_element_of_the_manifest_has_a_stand_in() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("polaris-lite*"))
    missing = [tag for tag in MANIFEST["elements"] if not re.search(rf"\b{tag}\b", scripts)]
    assert missing == []


def test_every_icon_of_the_manifest_is_drawn() -> None:
    script = (STATIC / "polaris-lite-overlays.js").read_text(encoding="utf-8")
    drawn = re.findall(r"^    '?([a-z-]+)'?: '[mM]", script, re.MULTILINE)
    assert sorted(drawn) == MANIFEST["icons"]


class Pseudo(NullTranslations):
    """Marks everything that came through the catalogue."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


def test_the_shell_says_nothing_outside_the_catalogue() -> None:
    visitor = an_admin()
    visitor.app.state.screen = Screen(visitor.app.state.deps, Assets(), catalogue=lambda _: Pseudo())
    html = visitor.get("/app/nowhere", headers=bearer()).text
    assert "⟦Segments⟧" in html
    assert unmarked_text(html) == []


EVERY_MACRO = """
{% import "_macros.html" as ui with context %}{% import "_charts.html" as charts with context %}
{% call ui.page("1", back="/") %}{{ ui.pagination("/", "/") }}{{ ui.metric("2", 3, href="/") }}
{{ ui.trouble("4", "5", "6", "/") }}{{ ui.empty("1", "2", "3", "/") }}{% endcall %}
{{ charts.bars("b", "7", [("8", 9, "10")], "11", "12") }}{{ charts.funnel([("1", 2)]) }}
{{ charts.heat("1", "2", ["3"], [("4", [0.5, none])]) }}
"""


def test_the_macros_say_nothing_outside_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "every_macro.html").write_text(EVERY_MACRO, encoding="utf-8")
    screen = Screen(
        an_admin().app.state.deps, Assets(), folders=(TEMPLATES, tmp_path), catalogue=lambda _: Pseudo()
    )
    formats = Formats(language="en", currency="USD", time_zone="UTC", now=NOW)
    html = screen.render("every_macro.html", formats)
    assert html.count("⟦") == 9
    assert unmarked_text(html) == []
    assert polaris_faults(html) == []


def test_the_pseudo_run_would_notice_a_hard_coded_word() -> None:
    assert unmarked_text('<s-page heading="⟦Home⟧"><p>Hello ⟦you⟧</p></s-page>') == ["Hello ⟦you⟧"]
    assert unmarked_text('<s-button accessibilityLabel="Close">⟦x⟧</s-button>') == ["Close"]


def test_empty_charts_are_drawn_without_a_fault(tmp_path: Path) -> None:
    template = """{% import "_charts.html" as charts with context %}
    {{ charts.bars("b", "7", [], "11", "12") }}{{ charts.funnel([]) }}{{ charts.funnel([("a", 0), ("b", 0)]) }}
    {{ charts.bars("c", "7", [("1", 0, "0")], "11", "12") }}"""
    (tmp_path / "empty.html").write_text(template, encoding="utf-8")
    screen = Screen(an_admin().app.state.deps, Assets(), folders=(TEMPLATES, tmp_path))
    html = screen.render("empty.html", Formats(language="fa", currency="USD", time_zone="UTC", now=NOW))
    assert html.count("<figure") == 2
    assert "nan" not in html
