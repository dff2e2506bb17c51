"""The command that opens the dashboard in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

from typer import Exit, Option, echo

from sim.cli_interrupt import INTERRUPTED
from sim.shipped import dashboard_folder

OPTIONS = {
    "browser.gatherUsageStats": "false",
    "server.maxUploadSize": "5",
    "server.fileWatcherType": "none",
    "runner.postScriptGC": "false",
    "client.toolbarMode": "minimal",
}


def dashboard(
    port: Annotated[int, Option(min=1, max=65535, help="Where it listens.")] = 8501,
    address: Annotated[
        str,
        Option(
            help="Whom it listens to: by default this computer only; 0.0.0.0 is everybody who can reach it."
        ),
    ] = "localhost",
    browser: Annotated[bool, Option(help="Open a browser.")] = True,
) -> None:
    """Open the dashboard: move levers, compare scenarios, follow cases.

    \b
    refuge dashboard
    refuge dashboard --port 8600 --no-browser
    """
    options = OPTIONS | {"server.port": str(port), "server.address": address}
    options["server.headless"] = str(not browser).lower()
    command = [sys.executable, "-m", "streamlit", "run", str(dashboard_folder() / "app.py")]
    command += [f"--{name}={value}" for name, value in options.items()]
    if os.name == "posix":  # this process becomes the server, so that ending it ends everything
        os.execv(command[0], command)
    try:
        done = subprocess.run(command, check=False)
    except KeyboardInterrupt:
        echo("refuge: the dashboard has stopped.", err=True)
        raise Exit(INTERRUPTED) from None
    raise Exit(done.returncode)
