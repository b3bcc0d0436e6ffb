"""What a flow wants in its code package beside what is kept anyway."""

from typing import NamedTuple

PACKAGE = "_hw_package"  # in a class that mutators have changed


class Package(NamedTuple):
    """Files by their endings, and files by their paths."""

    suffixes: frozenset[str] = frozenset()  # ".json"
    files: tuple[tuple[str, str], ...] = ()  # (absolute path, '/'-separated name in the package)

    def with_suffixes(self, text: str | None) -> "Package":
        """And files with these endings, as a command line has them: `.csv,.json`."""
        more = {f".{word.strip().lstrip('.')}" for word in (text or "").split(",") if word.strip()}
        return self._replace(suffixes=self.suffixes | more)


NOTHING_MORE = Package()


def package_of(cls: type) -> Package:
    """What a resolved flow wants."""
    found: Package = getattr(cls, PACKAGE, NOTHING_MORE)
    return found
