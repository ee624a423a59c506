"""The colours of pages and pictures, by name, for light and dark.

Text reaches a contrast of 4.5 against its ground and marks 3.0 (WCAG 2), in both themes; a test computes it.
"""

from __future__ import annotations

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "page": "#ffffff",
    "panel": "#f5f7f9",
    "line": "#cfd6dd",
    "edge": "#7c8792",
    "text": "#1b1f24",
    "soft": "#545d68",
    "link": "#0550ae",
    "good": "#1a6b32",
    "warn": "#8a5300",
    "bad": "#b42318",
    "bad-panel": "#fdeeec",
    "done": "#1a6b32",
    "doing": "#0b62b0",
    "review": "#7a3fb0",
    "ready": "#46606e",
    "backlog": "#6a6f76",
    "canceled": "#8a4a3c",
    "on-tone": "#ffffff",
}
DARK: Mapping[str, str] = {
    "page": "#10151b",
    "panel": "#19212a",
    "line": "#3a4652",
    "edge": "#7d8b98",
    "text": "#e6edf3",
    "soft": "#a2aeba",
    "link": "#82bcff",
    "good": "#74d090",
    "warn": "#efb84e",
    "bad": "#ff968c",
    "bad-panel": "#341c1b",
    "done": "#74d090",
    "doing": "#6cb1f5",
    "review": "#c79bf2",
    "ready": "#9fb7c4",
    "backlog": "#a9afb6",
    "canceled": "#d9a08f",
    "on-tone": "#10151b",
}


def variables(colours: Mapping[str, str]) -> str:
    """The colours as CSS custom properties."""
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items())


def literal(css: str, colours: Mapping[str, str]) -> str:
    """A style sheet with the colours themselves where it names them, for renderers that know no custom properties."""
    for name, colour in colours.items():
        css = css.replace(f"var(--{name})", colour)
    return css
