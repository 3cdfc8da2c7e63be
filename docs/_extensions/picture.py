"""The directive ``picture``: draws what the last line of its code is when the pages are built, and shows the code folded.

The argument says in words what is to be seen. The last line is a figure of matplotlib, or an object that a notebook
shows as SVG.
"""

import ast
import html
import io
from typing import Any

import matplotlib
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

STYLE = {"figure.figsize": (6.4, 3.6), "figure.constrained_layout.use": True, "svg.hashsalt": "mlcore"}


def drawn(code: str) -> str:
    """The SVG element."""
    *statements, last = ast.parse(code).body
    names: dict[str, Any] = {}
    with matplotlib.rc_context(STYLE):
        exec(compile(ast.Module(statements, []), "<picture>", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "<picture>", "eval"), names)
        if hasattr(value, "_repr_svg_"):
            text = value._repr_svg_()
        else:
            file = io.StringIO()
            value.savefig(file, format="svg", metadata={"Date": None})
            matplotlib.pyplot.close(value)
            text = file.getvalue()
    return text[text.index("<svg") :]  # what comes before belongs to a file


class Picture(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        label = html.escape(self.arguments[0])
        picture = f'<div class="picture" role="img" aria-label="{label}">{drawn(code)}</div>'
        return [
            nodes.raw("", f"{picture}<details><summary>Code of the picture</summary>", format="html"),
            nodes.literal_block(code, code, language="python"),
            nodes.raw("", "</details>", format="html"),
        ]


def setup(app: Sphinx) -> dict[str, Any]:
    matplotlib.use("Agg")
    app.add_directive("picture", Picture)
    return {"parallel_read_safe": True}
