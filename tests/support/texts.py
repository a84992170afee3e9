"""Text as people write it, and characters that it must not contain."""

from hypothesis import strategies as st

FILLERS = "\u115f\u1160\u2800\u3164\uffa0"


def readable(max_size: int) -> st.SearchStrategy[str]:
    """Visible text of every script, with spaces in and around it."""
    letters = st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=FILLERS)
    return st.text(letters, min_size=1, max_size=max_size).filter(str.strip)
