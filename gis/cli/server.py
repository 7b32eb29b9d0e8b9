"""`wangge serve` and `wangge demo`: the web application on this machine."""

import gc
import os
import signal
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import click
import uvicorn

from gis.cli.common import ACTOR, Format, every_command, make_settings, progress, with_workspace
from gis.errors import UsageError
from gis.services import database
from gis.services.accounts.demo import PASSWORD, add_demo_accounts, open_demo_accounts, require_no_demo_accounts
from gis.services.demo import OFFICE, holds_demo, load_demo
from gis.services.inspections.demo import add_demo_inspections
from gis.services.workspace import Workspace
from gis.settings import Settings
from gis.texts import _

COLLECTED_AFTER: Final = (10_000, 20, 500)
"""Cycles are looked for among young objects as ever, among old ones rarely: the answers that are kept are many objects,
and a search through all of them stops every request for most of a second."""


@click.command(help=_("Serve the web application, on 127.0.0.1 unless told otherwise."))
@click.option("--host", help=_("Address to listen on."))
@click.option("--port", type=click.IntRange(0, 65535), help=_("Port to listen on."))
@every_command
def serve(*, host: str | None, port: int | None, home: Path | None, lang: str | None, output: Format) -> None:
    """Serves until Ctrl-C."""
    del output
    settings = make_settings(home)
    host, port = host or settings.host, settings.port if port is None else port
    _refuse_taken_port(host, port)
    if settings.trusted_proxy or not ip_address(socket.gethostbyname(host)).is_loopback:
        _check_open_address(settings, host)
    if home is not None:
        os.environ["WANGGE_HOME"] = str(home)
    if lang is not None:
        os.environ["WANGGE_LANG"] = lang
    _serve(host, port, proxy=settings.trusted_proxy)


@click.command(help=_("Load the invented demo district where the database is empty, and serve it until Ctrl-C."))
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help=_("Port to listen on."))
@every_command
@with_workspace
def demo(*, workspace: Workspace, output: Format, port: int) -> None:
    """Everything between a fresh database and a map in the browser; stops what it started."""
    del output
    _refuse_taken_port("127.0.0.1", port)
    ours = workspace.cluster is not None and not workspace.cluster.status().running
    try:
        with progress() as step:
            loaded = load_demo(workspace, ACTOR, progress=step)
        what = _("The invented demo district is loaded.") if loaded else _("The database keeps the data it has.")
        click.echo(what, err=True)
        click.echo(_("Responsibility map: {url}", url=f"http://127.0.0.1:{port}/maps/responsibility"), err=True)
        _print_demo_accounts(workspace, port)
        click.echo(_("Ctrl-C stops the server and the database it started."), err=True)
        os.environ["WANGGE_HOME"] = str(workspace.settings.home)
        if holds_demo(workspace):
            os.environ.update({name: value for name, value in OFFICE.items() if name not in os.environ})
        _serve("127.0.0.1", port)
    finally:
        if ours:
            database.stop(workspace)


def _print_demo_accounts(workspace: Workspace, port: int) -> None:
    """Makes the accounts that the demo district lacks, and says how to sign in with those that are open."""
    add_demo_accounts(workspace, ACTOR)
    add_demo_inspections(workspace)
    names = open_demo_accounts(workspace)
    if names:
        click.echo(_("Sign in: {url}", url=f"http://127.0.0.1:{port}/login"), err=True)
        said = _("demo accounts: {names}; password of each: {password}", names=", ".join(names), password=PASSWORD)
        click.echo(said, err=True)


def _check_open_address(settings: Settings, host: str) -> None:
    """For an address that others reach, also by way of a proxy. Raises NotAllowed while demo accounts are open."""
    workspace = Workspace(settings)
    try:
        require_no_demo_accounts(workspace, host)
    finally:
        workspace.close()
    if settings.trusted_proxy is None:
        click.echo(
            _(
                "{host} is reached without TLS: browsers keep a sign-in over https only. Put a proxy with TLS in front "
                "and name it in WANGGE_TRUSTED_PROXY.",
                host=host,
            ),
            err=True,
        )


def _refuse_taken_port(host: str, port: int) -> None:
    """Raises UsageError before any work is done where another program holds the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(
                _("{host}:{port} cannot be used ({why}); choose another --port.", host=host, port=port, why=error)
            ) from None


def _serve(host: str, port: int, *, proxy: str | None = None) -> None:
    """Until Ctrl-C or SIGTERM. The application is named, not imported: the command line stands beside the web layer.

    What a header says of the client's address is believed only from this proxy.
    """
    server = uvicorn.Server(
        uvicorn.Config(
            "api.main:create_app",
            factory=True,
            host=host,
            port=port,
            log_level="warning",
            proxy_headers=proxy is not None,
            forwarded_allow_ips=proxy,
            server_header=False,
        )
    )
    for caught in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises the signal again once it has stopped; without a handler of ours that would be a traceback.
        signal.signal(caught, server.handle_exit)
    gc.set_threshold(*COLLECTED_AFTER)
    server.run()
    click.echo(_("wangge: stopped."), err=True)
