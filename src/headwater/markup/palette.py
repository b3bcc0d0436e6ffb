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


def themed(scope: str) -> str:
    """The rules that give the elements of a class their colours.

    Jupyter and VS Code say theirs in variables and on the body; elsewhere the reader's system decides.
    """
    light, dark = variables(_theirs(LIGHT)), variables(_theirs(DARK))
    not_light = ':not([data-jp-theme-light="true"]):not(.vscode-light)'  # whatever the system prefers
    return (
        f"{scope}{{{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{body{not_light} {scope}{{{dark}}}}}\n"
        f'body[data-jp-theme-light="false"] {scope},body.vscode-dark {scope},html[theme="dark"] {scope}{{{dark}}}\n'
    )


def _theirs(ours: Mapping[str, str]) -> dict[str, str]:
    """With the letters and the paper of the notebook, where it says them."""
    letters = f"var(--jp-content-font-color1,var(--vscode-editor-foreground,{ours['fg']}))"
    paper = f"var(--jp-layout-color0,var(--vscode-editor-background,{ours['bg']}))"
    return {**ours, "fg": letters, "bg": paper}
