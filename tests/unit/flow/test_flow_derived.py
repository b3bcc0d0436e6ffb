"""A class made from an author's has its attributes in the author's order."""

from headwater import step
from headwater.flow.derived import REMOVED, derive, members_of, origin_of
from headwater.flow.step import steps_of


class Base:
    size = 1

    @step
    def last(self) -> None: ...


class Written(Base):
    @step
    def start(self) -> None: ...

    @step
    def middle(self) -> None: ...


def test_what_is_replaced_keeps_its_place() -> None:
    made = derive(Written, {"middle": Written.start, "size": 2})
    assert list(steps_of(made)) == ["start", "middle", "last"]
    assert members_of(made)["size"] == 2
    assert members_of(Written)["size"] == 1


def test_a_class_made_twice_comes_from_the_one_that_was_written() -> None:
    made = derive(derive(Written, {"size": 2}), {"size": 3})
    assert origin_of(made) is Written
    assert members_of(made)["size"] == 3
    assert (made.__name__, made.__module__) == (Written.__name__, Written.__module__)


def test_what_was_removed_is_no_attribute() -> None:
    made = derive(Written, {"size": REMOVED})
    assert not hasattr(made, "size")
    assert not hasattr(made(), "size")
