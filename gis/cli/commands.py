"""The tree of commands: `wangge`, its groups, and the module in which each of them is parsed.

A command's module is loaded when that command is called: looking at the help, or at the state of the database, does
not wait for the analysis and the maps.
"""

from collections.abc import Mapping
from importlib import import_module

import click

from gis.texts import _

Place = tuple[str, str]
"""Module and attribute of a command."""


class LazyGroup(click.Group):
    """A group that loads a command when it is called; `places` says where each is, `summaries` what it does."""

    def __init__(self, *, places: Mapping[str, Place], summaries: Mapping[str, str], help: str) -> None:  # noqa: A002
        super().__init__(help=help, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
        self._places, self._summaries = places, summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a new user needs them."""
        del ctx
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None for a name that there is not."""
        del ctx
        if cmd_name not in self._places:
            return None
        module, attribute = self._places[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help, without loading any command."""
        del ctx
        with formatter.section(_("Commands")):
            formatter.write_dl(list(self._summaries.items()))


PLACES: Mapping[str, Place] = {
    "demo": ("gis.cli.server", "demo"),
    "import": ("gis.cli.data", "import_"),
    "export": ("gis.cli.data", "export"),
    "who": ("gis.cli.reports", "who"),
    "gaps": ("gis.cli.reports", "gaps"),
    "map": ("gis.cli.reports", "map_"),
    "findings": ("gis.cli.findings", "findings"),
    "rank": ("gis.cli.ranking", "rank"),
    "clusters": ("gis.cli.clusters", "clusters"),
    "site": ("gis.cli.siting", "site"),
    "access": ("gis.cli.access", "access"),
    "demand": ("gis.cli.demand", "demand"),
    "national": ("gis.cli.national", "national"),
    "areas": ("gis.cli.areas", "areas"),
    "campaign": ("gis.cli.campaigns", "campaign"),
    "sweep": ("gis.cli.sweeps", "sweep"),
    "checklists": ("gis.cli.checklists", "checklists"),
    "roads": ("gis.cli.roads", "roads"),
    "cases": ("gis.cli.cases", "cases"),
    "draw": ("gis.cli.draws", "draw"),
    "serve": ("gis.cli.server", "serve"),
    "db": ("gis.cli.database", "db"),
    "user": ("gis.cli.accounts", "user"),
    "audit": ("gis.cli.audit", "audit"),
}

wangge = LazyGroup(
    places=PLACES,
    summaries={
        "demo": _("Load the invented demo district and serve it."),
        "import": _("Check a file and store it."),
        "export": _("Write a table to a file."),
        "who": _("Who answers for an area or a facility."),
        "gaps": _("Where nobody answers, and where two do."),
        "map": _("A map as one self-contained page."),
        "findings": _("What inspections found, until when it is to be put right, and visits to be made."),
        "rank": _("Where to go next: premises by how probable a serious finding is; report."),
        "clusters": _("Where more was found than chance explains."),
        "site": _("Where to open the next site."),
        "access": _("Access to care from files: table."),
        "demand": _("How much antenatal care is needed where, by a model: table, reported."),
        "national": _("A whole country on a Dask cluster: access."),
        "areas": _("Make grids, split, merge, redraw, recode, undo, history."),
        "campaign": _("Plan campaigns, see their progress, accept them, write their report."),
        "sweep": _("Plan the visits of teams over days; plan the rest anew."),
        "checklists": _("What inspections ask: list, show, check."),
        "roads": _("Roads for travel times: use, status, times."),
        "cases": _("Cases against facilities: list, show."),
        "draw": _("Facilities and inspectors by lot, with a proof: commit, list, verify."),
        "serve": _("Serve the web application."),
        "db": _("Start, stop, migrate, reset, back up, restore the database."),
        "user": _("Accounts: add, list, disable, enable, token, password, link."),
        "audit": _("The audit: verify, list."),
    },
    help=_("wangge (网格): who answers for every place, and where oversight does not reach."),
)
wangge.params.append(
    click.Option(["--lang"], type=click.Choice(["zh", "en"]), help=_("Language of messages and pages."))
)
click.version_option(package_name="wangge")(wangge)
