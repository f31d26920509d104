"""Finds every sentence that a template asks to have translated."""

from collections.abc import Iterator
from pathlib import Path

from django.template import engines
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

ROOT = Path(__file__).resolve().parents[2]
SHARED = ("templates/base.html", "templates/components/*.html", "templates/errors/*.html")


def templates(patterns: tuple[str, ...] = SHARED) -> list[Path]:
    """The template files of the patterns, in order."""
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def sentences(path: Path) -> Iterator[str]:
    """Message ids of one template, as Django looks them up; sentences held in variables have none."""
    nodes = engines["django"].from_string(path.read_text(encoding="utf-8")).template.nodelist
    for node in nodes.get_nodes_by_type(TranslateNode):
        literal = getattr(node.filter_expression.var, "literal", None)
        if isinstance(literal, str):
            yield literal
    for node in nodes.get_nodes_by_type(BlockTranslateNode):
        yield node.render_token_list(node.singular)[0]
