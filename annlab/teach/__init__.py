"""Checks for exercises in notebooks: they answer, give hints, and never tell the result.

An exercise is a cell that assigns an answer and a `check` of it. As delivered the answer is
``...``, and the check says that it was not answered yet; it fails no test.

>>> from annlab import teach
>>> threshold = ...
>>> teach.check(threshold, 1.5, unit="nA")
○ Not answered yet: replace the dots by a number (in nA).
>>> threshold = 1.4
>>> teach.check(threshold, 1.5, unit="nA", hint="Where does the f-I curve leave zero?")
✗ Not yet: your 1.4 nA is close, but too small. Where does the f-I curve leave zero?
>>> threshold = 1.505
>>> teach.check(threshold, 1.5, unit="nA", because="Below it the leak wins.")
✓ Right. Below it the leak wins.
"""

from annlab.teach.checks import check, forget, progress
from annlab.teach.collecting import Collection, collect
from annlab.teach.judging import Sealed, between, sealed
from annlab.teach.verdict import Progress, Status, Verdict

__all__ = [
    "Collection",
    "Progress",
    "Sealed",
    "Status",
    "Verdict",
    "between",
    "check",
    "collect",
    "forget",
    "progress",
    "sealed",
]
