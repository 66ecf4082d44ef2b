"""From MJML with Jinja tags to HTML with Jinja tags.

MJML is turned into HTML once per template, before any message exists, so the Jinja tags must come through it
unharmed. They cannot travel as themselves: an HTML parser moves a `{% for %}` that stands between table rows out
of the table, and escapes quotes inside expressions. So control tags travel as comments and expressions as words.
"""

import re

import mrml

from plugin.rendering.localisation import Localisation

_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_CARRIED = re.compile(r"<!--JinjaTag(\d+)-->|JinjaValue(\d+)End")
_CELL = re.compile(r"<(td|th)(?P<rest>[^>]*)>")
_STYLE = re.compile(r'style="')
# By default a font family with a known name makes MJML load that font from somebody else's server.
_NO_WEB_FONTS = mrml.RenderOptions(fonts={})


class TemplateLostError(ValueError):
    """MJML dropped or moved a Jinja tag of this template. Put control tags between elements, not in attributes."""


def html_template(mjml: str, ways: Localisation) -> str:
    """The HTML of an MJML document, its Jinja tags in place, every table and cell in the direction of `ways`.

    Mail programs strip attributes from `html` and `body`, so direction has to stand on every table and cell.
    """
    tags: list[str] = []

    def carry(match: re.Match[str]) -> str:
        tags.append(match[0])
        number = len(tags) - 1
        return f"<!--JinjaTag{number}-->" if match[0].startswith("{%") else f"JinjaValue{number}End"

    html = str(mrml.to_html(_TAG.sub(carry, mjml), render_options=_NO_WEB_FONTS).content)
    _require_all(html, tags)
    directed = _directed(html, ways)
    return _CARRIED.sub(lambda match: tags[int(match[1] or match[2])], directed)


def _require_all(html: str, tags: list[str]) -> None:
    arrived = [int(match[1] or match[2]) for match in _CARRIED.finditer(html)]
    controls = [number for number in arrived if tags[number].startswith("{%")]
    expected = [number for number, tag in enumerate(tags) if tag.startswith("{%")]
    if controls != expected or set(arrived) != set(range(len(tags))):
        raise TemplateLostError("a Jinja tag did not come through MJML where it stood")


def _directed(html: str, ways: Localisation) -> str:
    def direct(match: re.Match[str]) -> str:
        rest = match["rest"]
        wanted = "" if "direction:" in rest else f"direction:{ways.direction};"
        if f'align="{ways.start}"' in rest and "text-align:" not in rest:
            wanted += f"text-align:{ways.start};"
        rest = _STYLE.sub(f'style="{wanted}', rest, count=1)
        return f'<{match[1]} dir="{ways.direction}"{rest}>'

    tables = html.replace("<table ", f'<table dir="{ways.direction}" ')
    return _CELL.sub(direct, tables)
