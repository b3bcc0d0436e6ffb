"""`merge_artifacts`, rule by rule, in one join that tries them all."""

from collections.abc import Callable

import pytest

from flow_project import Finished, Project

MERGING = """
class MergeFlow(FlowSpec):
    alpha = Parameter("alpha", default=1)

    @step
    def start(self):
        self.same = list(range(5))
        self.big = b"x" * 500_000
        self.next(self.a, self.b, self.c)

    @step
    def a(self):
        self.differs, self.other, self.mine = 1, "a", "a"
        self.next(self.join)

    @step
    def b(self):
        self.differs, self.other, self.mine = 2, "b", "b"
        self.next(self.join)

    @step
    def c(self):
        self.alone = "c"
        self.next(self.join)

    @step
    def join(self, inputs):
        self.tried = {}

        def attempt(name, *args, **options):
            try:
                self.merge_artifacts(inputs, *args, **options)
            except Exception as exc:
                self.tried[name] = type(exc).__name__, sorted(getattr(exc, "artifact_names", ())), str(exc)

        attempt("conflict")
        self.after_conflict = hasattr(self, "same"), hasattr(self, "alone")
        attempt("both", include=["same"], exclude=["other"])
        attempt("missing", include=["same", "nowhere"])
        self.mine = "join's own"
        attempt("include_own", include=["mine"])
        attempt("include", include=["same"])
        self.after_include = hasattr(self, "same"), hasattr(self, "alone")
        attempt("rest", exclude=["differs", "other", "unknown"])
        attempt("include_missing_but_set", include=["mine", "same"])
        self.next(self.end)

    @step
    def end(self):
        try:
            self.merge_artifacts([])
        except Exception as exc:
            self.outside = type(exc).__name__, str(exc)
"""


@pytest.fixture(scope="module")
def merged(new_project: Callable[[], Project]) -> Finished:
    return new_project().run(MERGING).done()


def test_b32_a_conflict_names_the_artifacts_and_nothing_is_merged(merged: Finished) -> None:
    kind, names, text = merged.at("join").tried["conflict"]
    assert (kind, names) == ("UnhandledInMerge", ["differs", "mine", "other"])
    assert "exclude" in text
    assert merged.at("join").after_conflict == (False, False)


def test_b32_what_the_join_has_set_itself_wins(merged: Finished) -> None:
    assert merged.at("join").mine == "join's own"
    assert "rest" not in merged.at("join").tried


def test_b33_a_name_on_some_inputs_only_is_merged(merged: Finished) -> None:
    assert merged.at("join").alone == "c"
    assert "differs" not in merged.at("end")


def test_b34_include_and_exclude(merged: Finished) -> None:
    tried = merged.at("join").tried
    assert set(tried) == {"conflict", "both", "missing"}
    assert tried["both"][0] == "MergeError"
    assert tried["missing"][:2] == ("MissingInMerge", ["nowhere"])
    assert merged.at("join").after_include == (True, False)


def test_b35_merging_is_by_reference(merged: Finished) -> None:
    record = merged.record("join")
    assert not {"same", "big", "alone"} & set(record.artifacts)
    owners = {name: group.step for group in record.inherited for name in group.names}
    assert owners == {"same": "start", "big": "start", "alone": "c"}


def test_merge_outside_a_join_is_refused(merged: Finished) -> None:
    kind, text = merged.at("end").outside
    assert kind == "MergeError"
    assert "join" in text
