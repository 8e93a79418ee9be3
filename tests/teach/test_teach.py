"""Checks of exercises: they answer, give hints, raise nothing, and never tell the result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import annlab as ann
from annlab import teach
from annlab.errors import ArgumentError, ArgumentTypeError
from annlab.teach import Status


@pytest.mark.parametrize("answer", [None, ..., "", " ... ", [], [1.0, ...], {"a": None}])
def test_what_was_not_answered_yet_is_open_and_not_wrong(answer: object) -> None:
    verdict = teach.check(answer, 3.0)
    assert verdict.status is Status.OPEN
    assert not verdict


@pytest.mark.parametrize(
    ("expected", "kind"),
    [
        (3.0, "a number (in mV)"),
        ("inhibition", "text between quotes"),
        (True, "True or False"),
        ([1.0, 2.0], "several values (in mV)"),
        (lambda answer: True, "your answer (in mV)"),
        (teach.sealed(3.0), "a number (in mV)"),
    ],
)
def test_an_open_exercise_says_what_is_wanted(expected: object, kind: str) -> None:
    assert teach.check(..., expected, unit="mV").text == f"replace the dots by {kind}."


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (20.1, 20.0),
        (20, 20.0),
        (np.float32(20.0), 20),
        (np.array([20.0]), 20.0),
        (True, True),
        (np.bool_(False), False),
        ("  Inhibition ", "inhibition"),
        (["b", "A"], {"a", "b"}),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        ((3, 4), (3, 4)),
        (2.0, lambda x: x > 1.0),
        (2.0, lambda x: np.float64(x) > 1.0),
        (7.0, teach.between(5.0, 7.0)),
        ([1.0, 2.0], teach.sealed([1.0, 2.0])),
    ],
)
def test_a_right_answer_is_right(answer: object, expected: object) -> None:
    assert teach.check(answer, expected)


@pytest.mark.parametrize(
    ("answer", "expected", "text"),
    [
        (19.0, 20.0, "your 19 ms is close, but too small."),
        (35.0, 20.0, "your 35 ms is too large."),
        (0.02, 20.0, "your 0.02 ms has the right digits. Look at the unit again."),
        (-20.0, 20.0, "your -20 ms has the right size and the wrong sign."),
        (0.2, 20.0, "your 0.2 ms is off by a factor of 100. Is it a part of 1, or per cent?"),
        (2000.0, 20.0, "your 2000 ms is off by a factor of 100."),
        ("20", 20.0, "a number is expected: write it without quotes and without a unit."),
        ("20 ms", 20.0, "a number is expected: write it without quotes and without a unit."),
        ((20, 5), 20.5, "a number is expected: write its decimals after a point, not after a"),
        (len, 20.0, "a number is expected, this is a function: call it"),
        (True, 20.0, "a number is expected, this is a bool."),
        (float("nan"), 20.0, "a number is expected, this is nan."),
        ("True", True, "answer True or False, without quotes."),
        (1, True, "answer True or False, without quotes."),
        (2.0, "inhibition", "the answer is text: write it between quotes."),
        ("a", {"a", "b"}, "several answers belong here: write them as {..., ...}."),
        ({"a"}, {"a", "b"}, "something is missing."),
        ({"c"}, {"a"}, "something does not belong there and something is missing."),
        ([1.0], [1.0, 2.0], "its shape is (1,), (2,) is expected."),
        ([1.0, np.nan], [1.0, 2.0], "1 of 2 values are not right."),
        (["x", "y"], [1.0, 2.0], "numbers are expected."),
        (4.0, teach.between(5.0, 7.0), "it is too small."),
        ("4", teach.between(5.0, 7.0), "a number is expected: write it without quotes and"),
        (4.0, lambda x: x > 5.0 or "more!", "more!"),
        (4.0, lambda x: x.rate, "trying it failed with AttributeError:"),
    ],
)
def test_a_wrong_answer_gets_a_hint(answer: object, expected: object, text: str) -> None:
    verdict = teach.check(answer, expected, unit="ms")
    assert verdict.status is Status.WRONG
    assert verdict.text.startswith(text)


def test_a_model_that_cannot_be_read_shows_its_error() -> None:
    def runs(neuron: ann.Neuron) -> bool:
        net = ann.Network(backend="reference")
        net.create(1, neuron)
        net.compile()
        return True

    verdict = teach.check(ann.Neuron("tau = 10.0", "tua*dr/dt = -r"), runs)
    assert "unknown name 'tua'" in verdict.text


@pytest.mark.parametrize("answer", [1.0, 4600.0, -47.11, "47.11", [47.11], True, ...])
def test_the_expected_answer_is_never_shown(answer: object) -> None:
    verdict = teach.check(answer, 47.12, hint="measure it", because="so it is", unit="ms")
    shown = verdict._repr_mimebundle_()
    assert "47.12" not in shown["text/plain"] + shown["text/html"]


def test_tolerances_are_relative_and_absolute() -> None:
    assert teach.check(0.005, 0.0, atol=0.01)
    assert not teach.check(0.005, 0.0)
    assert teach.check(11.0, 10.0, rtol=0.1)
    assert not teach.check(11.0, 10.0)


def test_a_wrong_answer_with_a_hint_of_its_own_gets_that_alone() -> None:
    hints = {"b": "b leads away.", (lambda x: x == "c"): "c is a fish."}
    texts = [teach.check(x, "a", hints=hints, hint="read again.").text for x in "bcd"]
    assert texts == ["b leads away.", "c is a fish.", "read again."]


def test_a_wrong_answer_without_any_hint_is_met_kindly() -> None:
    assert teach.check("b", "a").text.startswith("think again")


def test_a_right_answer_is_explained() -> None:
    verdict = teach.check(1.0, 1.0, name="Exercise 1", because="The leak <wins>.")
    assert repr(verdict) == "✓ Exercise 1 – right. The leak <wins>."
    html = verdict._repr_mimebundle_()["text/html"]
    assert "The leak &lt;wins&gt;." in html
    assert "Exercise 1" in html


def test_progress_keeps_the_last_verdict_of_each_name() -> None:
    for answer in (..., 1.0, 2.0):
        teach.check(answer, 2.0, name="first of this test")
    teach.check(1.0, 2.0, name="second of this test")
    done = {v.name: bool(v) for v in teach.progress().verdicts}
    assert done["first of this test"] is True
    assert done["second of this test"] is False
    shown = teach.progress()._repr_mimebundle_()
    assert f"{teach.progress().n_solved} of {len(done)} solved" in shown["text/plain"]
    assert "second of this test" in shown["text/html"]


def test_progress_begins_anew() -> None:
    teach.check(1.0, 2.0, name="of this test")
    teach.forget()
    assert teach.progress().verdicts == ()


def test_progress_says_when_there_is_nothing_to_show() -> None:
    assert repr(teach.Progress(())) == "no exercise with a name was checked yet"


def test_a_sealed_answer_is_not_to_be_read() -> None:
    assert "inhibition" not in repr(teach.sealed("inhibition"))
    assert teach.check("inhibition", eval_free(repr(teach.sealed("inhibition"))))


def eval_free(text: str) -> teach.Sealed:
    """Return what a reader gets who pastes the printed seal."""
    return teach.Sealed(text.split("'")[1])


def test_a_broken_seal_is_the_authors_mistake() -> None:
    with pytest.raises(ann.errors.ArgumentError, match="no sealed answer.*\n.*\n.*teach.sealed"):
        teach.check(1.0, teach.Sealed("b"))


def test_a_predicate_that_returns_a_number_is_the_authors_mistake() -> None:
    with pytest.raises(ann.errors.ArgumentTypeError, match="returned 3"):
        teach.check(1.0, lambda x: 3)


def test_negative_tolerances_are_refused() -> None:
    with pytest.raises(ann.errors.ArgumentError, match="a tolerance is negative: rtol=-1"):
        teach.check(1.0, 1.0, rtol=-1)


@pytest.mark.parametrize("name", ["check", "progress", "forget", "sealed", "between", "collect"])
def test_a_keyword_that_there_is_not_is_named(name: str) -> None:
    with pytest.raises(ann.errors.ArgumentTypeError, match=rf"{name}\(\) takes no 'hnt'"):
        getattr(teach, name)(hnt="Look again.")


def test_a_misspelt_hint_is_told_what_was_meant() -> None:
    with pytest.raises(ann.errors.ArgumentTypeError, match="did you mean 'hint'"):
        teach.check(1.0, 1.0, hnt="Look again.")  # type: ignore[call-arg]


def test_teach_is_at_hand_without_another_import() -> None:
    assert ann.teach is teach


# -- what an author may get wrong ----------------------------------------------------------------

AUTHORS: dict[str, tuple[Callable[[], object], type[ann.errors.AnnlabError], str]] = {
    "word-as-tolerance": (
        lambda: teach.check(1.0, 1.0, rtol="small"),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"rtol of check\(\) is 'small'\n  give a number",
    ),
    "endless-tolerance": (
        lambda: teach.check(1.0, 2.0, atol=float("inf")),
        ArgumentError,
        r"atol of check\(\) is inf",
    ),
    "number-as-name": (
        lambda: teach.check(1.0, 1.0, name=1),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"name of check\(\) is 1\n  give text between quotes",
    ),
    "no-unit": (
        lambda: teach.check(1.0, 1.0, unit=None),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"unit of check\(\) is None",
    ),
    "number-as-hint": (
        lambda: teach.check(1.0, 2.0, hint=3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"hint of check\(\) is 3",
    ),
    "number-as-reason": (
        lambda: teach.check(1.0, 2.0, because=3),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"because of check\(\) is 3",
    ),
    "list-of-hints": (
        lambda: teach.check(1.0, 2.0, hints=["no"]),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"hints of check\(\) are \['no'\]\n  write hints={answer:",
    ),
    "nothing-expected": (
        lambda: teach.check(..., None),
        ArgumentTypeError,
        "an answer cannot be compared with None\n  expect a number, text,",
    ),
    "dictionary-expected": (
        lambda: teach.check({"a": 1.0}, {"a": 1.0}),
        ArgumentTypeError,
        "an answer cannot be compared with {'a': 1.0}",
    ),
    "list-of-texts-expected": (
        lambda: teach.check(["a"], ["a", "b"]),
        ArgumentTypeError,
        r"cannot be compared with \['a', 'b'\]\n  expect .* a set of texts",
    ),
    "empty-text-expected": (
        lambda: teach.check("a", " "),
        ArgumentError,
        "no answer can be right where ' ' is expected",
    ),
    "number-as-seal": (
        lambda: teach.check(1.0, teach.Sealed(3)),  # type: ignore[arg-type]
        ArgumentTypeError,
        "what was sealed is 3",
    ),
    "set-to-seal": (
        lambda: teach.sealed({1}),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"\{1\} cannot be sealed\n  give text, a number, True, False, or a list of numbers",
    ),
    "word-as-bound": (
        lambda: teach.between("a", 1.0),  # type: ignore[arg-type]
        ArgumentTypeError,
        r"a bound of between\(\) is 'a'",
    ),
    "bounds-in-the-wrong-order": (
        lambda: teach.between(5.0, 1.0),
        ArgumentError,
        "no number lies between 5.0 and 1.0\n  give the lower bound first",
    ),
    "word-as-status": (
        lambda: teach.Verdict("right"),  # type: ignore[arg-type]
        ArgumentTypeError,
        "the status of a verdict is 'right'\n  give teach.Status.OPEN, WRONG or RIGHT",
    ),
}


@pytest.mark.parametrize(("call", "error", "text"), AUTHORS.values(), ids=list(AUTHORS))
def test_an_author_is_told(
    call: Callable[[], object], error: type[ann.errors.AnnlabError], text: str
) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize(
    ("answer", "expected", "text"),
    [
        (10**400, 20.0, "a number is expected, this is inf."),
        ([10**400], [1.0], "numbers are expected."),
        ([["a"], ["b"]], {"a", "b"}, "each answer is text or a number of its own."),
    ],
)
def test_no_answer_however_strange_raises(answer: object, expected: object, text: str) -> None:
    assert teach.check(answer, expected).text == text


def test_an_answer_that_calls_itself_for_ever_is_told_so() -> None:
    def endless(x: float) -> float:
        return endless(x)

    verdict = teach.check(endless, lambda f: f(3) == 6)
    assert verdict.text.startswith("trying it failed with RecursionError: ")


@pytest.mark.parametrize("answer", [np.float64(2.5), np.int64(2), np.array([1.0, 2.0])])
def test_what_numpy_computed_can_be_sealed(answer: np.ndarray) -> None:
    assert teach.check(answer, teach.sealed(answer))  # type: ignore[arg-type]
