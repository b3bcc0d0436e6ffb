"""The colours of every page that is ours, light and dark, as the variables that its style uses."""

from collections.abc import Mapping

LIGHT = {
    "fg": "#1f2328",
    "bg": "#fff",
    "dim": "#59636e",
    "line": "#d1d9e0",
    "soft": "#8182881a",
    "good": "#1a7f37",
    "bad": "#cf222e",
    "busy": "#0969da",
    "warn": "#9a6700",
}
DARK = {
    "fg": "#f0f6fc",
    "bg": "#0d1117",
    "dim": "#9198a1",
    "line": "#3d444d",
    "soft": "#656c7633",
    "good": "#3fb950",
    "bad": "#f85149",
    "busy": "#4493f8",
    "warn": "#d29922",
}


def variables(colours: Mapping[str, str]) -> str:
    """`--hw-fg:#1f2328;--hw-bg:#fff;...`, as they stand in a style."""
    return ";".join(f"--hw-{name}:{value}" for name, value in colours.items())
