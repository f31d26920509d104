"""What no template may do: style or script inside the page, other hosts, icons without words."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from config.launcher.places import ROOT
from tests.design.browser import gallery

EVERY = sorted(ROOT.glob("templates/**/*.html"))
EMPTY = {"area", "br", "col", "hr", "img", "input", "link", "meta", "circle", "line", "path", "use"}


@pytest.mark.parametrize("template", EVERY, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_carries_no_style_or_script_of_its_own(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=|javascript:|\shx-on", source) == []
    assert re.findall(r"<script\b(?![^>]*\bsrc=)", source) == []


@pytest.mark.parametrize("template", EVERY, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_asks_no_other_host_for_anything(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert re.findall(r"(?:src|href|action)=[\"'](?:https?:)?//", source) == []


@pytest.mark.parametrize(
    "template", sorted(ROOT.glob("templates/components/*.html")), ids=lambda p: p.name
)
def test_a_component_says_on_top_what_context_it_takes(template: Path) -> None:
    assert template.read_text(encoding="utf-8").startswith("{% comment %}")


class Controls(HTMLParser):
    """Text inside each link, button and summary, and around each icon."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[list[str]] = []
        self.silent: list[str] = []
        self.hidden = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "svg" and dict(attributes).get("aria-hidden") != "true":
            self.silent.append(f"svg at {self.getpos()}")
        if tag in {"a", "button", "summary"} and not self.hidden:
            self.open.append([])
        self.hidden += tag == "svg"

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag == "svg"
        if (
            tag in {"a", "button", "summary"}
            and not self.hidden
            and not "".join(self.open.pop()).strip()
        ):
            self.silent.append(f"{tag} at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        for words in self.open if not self.hidden else []:
            words.append(data)


def test_every_icon_stands_beside_words() -> None:
    assert Controls(gallery()).silent == []


def test_an_icon_alone_in_a_button_is_found() -> None:
    assert Controls('<button><svg aria-hidden="true"></svg></button>').silent != []


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "icons" / "sprite.svg").read_text(encoding="utf-8")
    named = {
        name
        for path in EVERY
        for name in re.findall(r'_icon\.html" with name="(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert named - set(re.findall(r'<symbol id="(\w+)"', sprite)) == set()


def test_every_control_is_named_once_on_the_page() -> None:
    names = re.findall(r'\sid="([^"]+)"', gallery())
    assert sorted({name for name in names if names.count(name) > 1}) == []
