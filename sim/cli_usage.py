"""What is said of a wrong command line: one sentence with the option, what is allowed and the nearest name."""

from __future__ import annotations

import re
from typing import Any

from sim.errors import InputError, nearest

# The parser's words (they differ from one version of it to the next), and plain ones.
PLAIN = (
    (r"^Value error, ", ""),
    (r"^(.*) is not in the range ([^<>=]+)<=x<=([^<>=]+)$", r"\1 is not allowed; give a number from \2 to \3"),
    (r"^(.*) is not in the range x>=([^<>=]+)$", r"\1 is not allowed; give \2 or more"),
    (r"^Input should be greater than or equal to (.*)$", r"give \1 or more"),
    (r"^Input should be less than or equal to (.*)$", r"give \1 or less"),
    (r"^(.*) is not a valid (?:integer|int)(?: range)?$", r"\1 is not a whole number"),
    (r"^Input should be a valid integer.*$", "give a whole number"),
    (r"^(.*) is not a valid float(?: range)?$", r"\1 is not a number"),
    (r"^Input should be a valid number.*$", "give a number"),
    (r"^Got unexpected extra argument(?:s|\(s\))? \((.*)\)$", r"nothing is expected after it, and there is \1"),
    (r"^Option '?(-[^ ']*)'? requires an argument$", r"\1 needs a value"),
    (r"^Option '?(-[^ ']*)'? does not take a value$", r"\1 takes no value"),
    (r"^Missing (?:argument|option) '([^']*)'.*$", r"\1 is missing"),
    (r"^Missing (?:argument|option) ([^'.]*).*$", r"\1 is missing"),
    (r"^Missing command$", "a command is missing"),
)  # fmt: skip


def explained(problem: Any) -> InputError:
    """The parser's error as one message."""
    context = getattr(problem, "ctx", None)
    words = " ".join(context.command_path.split()[1:]) if context is not None else ""
    more = f"; see 'refuge {words} --help'" if words else "; see 'refuge --help'"
    given = getattr(problem, "option_name", "")
    known = _options(context)
    if given and hasattr(problem, "possibilities"):
        name = given.partition("=")[0]
        return InputError(
            f"there is no option {name}", key=words, allowed=known, nearest=nearest(name, known)
        )
    parameter = getattr(problem, "param", None)
    if parameter is None or not problem.message:
        return InputError(_plain(problem.format_message()) + more, key=words)
    quoted = re.findall(r"'([^']*)'", problem.message)
    near = nearest(quoted[0], quoted[1:]) if "one of" in problem.message else None
    name = parameter.opts[0] if parameter.opts[0].startswith("-") else parameter.metavar or parameter.name
    meant = f" ({parameter.help})" if getattr(parameter, "help", None) else ""
    return InputError(_plain(problem.message) + meant, key=f"{words} {name}".strip(), nearest=near)


def _options(context: Any) -> list[str]:
    """The long names of a command's options."""
    if context is None:
        return []
    given = [name for each in context.command.params for name in (*each.opts, *each.secondary_opts)]
    return [*(name for name in given if name.startswith("--")), "--help"]


def _plain(message: str) -> str:
    text = " ".join(message.split()).rstrip(".")
    for pattern, words in PLAIN:
        text = re.sub(pattern, words, text)
    return text
