"""What stands for a live view in a notebook that is opened without its kernel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape


def saved(name: str, code: str) -> dict[str, str]:
    """Return an output that says which code brings a view or a dashboard to life.

    Where that is alive this is hidden, and the page puts in pictures when it saves
    (``static/saving.js``, which writes the same HTML).
    """
    note = "A live view of annlab. Run this cell to bring it to life."
    html = (
        f'<div class="annlab-saved" data-annlab-saved="{escape(name, quote=True)}"><p>{note}</p>'
        f"<details><summary>Code</summary><pre>{escape(code)}</pre></details></div>"
    )
    return {"text/html": html, "text/plain": code}


def piece(kept: Mapping[str, str]) -> str:
    """Return the HTML of an output of `saved` as a part of another output.

    The comments around it tell the page what to renew when it saves
    (``labextension/src/saved.ts``).
    """
    html = kept["text/html"]
    name = re.search(r'data-annlab-saved="([^"]*)"', html)
    assert name is not None  # `saved` writes it
    return f"<!--annlab-saved {name[1]}-->{html}<!--/annlab-saved-->"
