"""The page at the sandbox's own address: what its APIs are asked, what waits for a person, and what is to go wrong.

Nothing is built and nothing is loaded from elsewhere: one page, one style sheet and one script lie beside this module.
The script shows what it is told as text, so that no request can put markup or code into the page. What it changes, it
changes through the control endpoints, as any other program would.
"""

from __future__ import annotations

from .routes import add_console

__all__ = ["add_console"]
