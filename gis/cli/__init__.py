"""The command `wangge`: parse the words, call one service, print the answer.

Reports go to stdout in the chosen format, and nothing else does; messages and progress go to stderr. The language
is settled before the commands are built, so that help texts are translated too.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise

import click

from gis.errors import WanggeError
from gis.texts import Language, _, use_language


def main(words: Sequence[str] | None = None) -> None:
    """Runs one command line and leaves with its exit status."""
    words = list(sys.argv[1:] if words is None else words)
    with use_language(choose_language(words, os.environ)):
        sys.exit(_run(words))


def choose_language(words: Sequence[str], environment: Mapping[str, str]) -> Language:
    """`--lang`, else WANGGE_LANG, else Chinese where the locale is Chinese, else English."""
    given = [after for word, after in pairwise(words) if word == "--lang"]
    given += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    choice = given[-1] if given else environment.get("WANGGE_LANG") or locale
    return "zh" if choice.lower().startswith("zh") else "en"


def _run(words: list[str]) -> int:
    from gis.cli.commands import wangge  # noqa: PLC0415 - after the language is known

    try:
        wangge.main(words, prog_name="wangge", standalone_mode=False)
    except WanggeError as error:
        click.echo(_("wangge: {message}", message=error.message), err=True)
        return error.exit_status
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo(_("wangge: stopped."), err=True)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
