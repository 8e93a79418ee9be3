"""What stands for a live view in a notebook that is opened without its kernel."""

from __future__ import annotations

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
