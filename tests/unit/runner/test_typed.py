"""Lines of a plain prompt become statements again."""

from headwater.runner.typed import join_lines


def test_a_block_ends_where_the_next_statement_begins() -> None:
    lines = ["class A:", "    def f(self):", "        pass", "x = 3"]
    assert join_lines(lines) == ["class A:\n    def f(self):\n        pass\n", "x = 3\n"]


def test_else_and_its_like_go_on() -> None:
    lines = ["if x:", "    y = 1", "else:", "    y = 2", "z = 1"]
    assert join_lines(lines) == ["if x:\n    y = 1\nelse:\n    y = 2\n", "z = 1\n"]


def test_a_decorator_belongs_to_what_it_decorates() -> None:
    assert join_lines(["@thing", "def f():", "    pass"]) == ["@thing\ndef f():\n    pass\n"]


def test_text_over_several_lines_stays_together() -> None:
    assert join_lines(["s = '''", "text", "'''", "t = 1"]) == ["s = '''\ntext\n'''\n", "t = 1\n"]


def test_what_never_was_python_is_left_out() -> None:
    assert join_lines(["def f(:", "x +=", "y = 1"]) == ["y = 1\n"]
