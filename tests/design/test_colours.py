"""Every pair of text and ground in the theme can be read, in light and in dark (WCAG 2.2 AA)."""

import re

import pytest

from config.launcher.places import ROOT

THEME = (ROOT / "static" / "css" / "theme.css").read_text(encoding="utf-8")
TEXT, GRAPHIC = 4.5, 3.0

PAIRS = [
    ("--ink", "--page", TEXT), ("--ink", "--surface", TEXT), ("--ink", "--sunken", TEXT),
    ("--ink", "--petrol-soft", TEXT), ("--ink", "--held-soft", TEXT),
    ("--ink", "--passed-soft", TEXT), ("--ink", "--done-soft", TEXT),
    ("--muted", "--page", TEXT), ("--muted", "--surface", TEXT), ("--muted", "--sunken", TEXT),
    ("--muted", "--petrol-soft", TEXT), ("--muted", "--held-soft", TEXT), ("--muted", "--done-soft", TEXT),
    ("--petrol", "--page", TEXT), ("--petrol", "--surface", TEXT), ("--petrol", "--petrol-soft", TEXT),
    ("--petrol", "--sunken", TEXT), ("--on-petrol", "--petrol-fill", TEXT),
    ("--held", "--surface", TEXT), ("--held", "--held-soft", TEXT), ("--held", "--sunken", TEXT),
    ("--passed", "--surface", TEXT), ("--passed", "--page", TEXT), ("--passed", "--passed-soft", TEXT),
    ("--done", "--surface", TEXT), ("--done", "--done-soft", TEXT),
    ("--edge", "--surface", GRAPHIC), ("--edge", "--page", GRAPHIC),
    ("--petrol-fill", "--surface", GRAPHIC), ("--held-fill", "--surface", GRAPHIC),
    ("--held-fill", "--held-soft", GRAPHIC),
    ("--passed-fill", "--surface", GRAPHIC), ("--done-fill", "--surface", GRAPHIC),
    ("--ds-color-focus-outer", "--page", GRAPHIC), ("--ds-color-focus-inner", "--petrol-fill", GRAPHIC),
]  # fmt: skip


def declared(css: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", css))


LIGHT_PART, DARK_PART = THEME.split("@media screen and (prefers-color-scheme: dark)")
SCHEMES = {"light": declared(LIGHT_PART), "dark": declared(LIGHT_PART) | declared(DARK_PART)}


def colour(scheme: str, name: str) -> str:
    value = SCHEMES[scheme][name]
    inner = re.fullmatch(r"var\((--[\w-]+)\)", value)
    return colour(scheme, inner[1]) if inner else value


def luminance(hexadecimal: str) -> float:
    parts = (int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_a_pair_can_be_read(scheme: str, front: str, ground: str, least: float) -> None:
    assert contrast(colour(scheme, front), colour(scheme, ground)) >= least


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_red_green_and_warm_are_kept_apart_from_the_strong_colour(scheme: str) -> None:
    fills = {colour(scheme, f"--{name}-fill") for name in ("petrol", "held", "passed", "done")}
    assert len(fills) == 4


def test_our_components_use_no_colour_of_their_own() -> None:
    own = sorted((ROOT / "static" / "css").glob("*.css"))
    painted = {
        path.name: re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text(encoding="utf-8"))
        for path in own
        if path.name not in {"theme.css", "print.css"}
    }
    assert {name: found for name, found in painted.items() if found} == {}
