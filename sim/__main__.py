"""The command `refuge`, also as `python -m sim`: Ctrl-C is answered before the libraries are loaded."""

from sim.cli_interrupt import at_once


def main() -> None:
    """Run the command line."""
    at_once()
    from sim.cli import main as command

    command()


if __name__ == "__main__":
    main()
