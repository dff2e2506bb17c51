"""The command `refuge`: parses what is asked, calls the library, prints the answer.

Exit status: 0 done; 2 the request or a file is wrong; 130 interrupted; 1 a bug.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console
from typer import Argument, Option
from typer.core import TyperCommand, TyperGroup

import sim
from sim import display
from sim.cli_dashboard import dashboard
from sim.cli_experiments import compare, replicate
from sim.cli_interrupt import INTERRUPTED, NOTHING_KEPT, at_once, in_order
from sim.cli_options import (
    AsJson,
    Changes,
    Engine,
    History,
    OutFolder,
    Quiet,
    Scale,
    ScenarioName,
    Seed,
    Until,
    Years,
    asked,
    console,
    date_text,
    print_summary,
)
from sim.cli_usage import explained
from sim.errors import InputError, in_words, nearest
from sim.folder import refuse_other
from sim.glossary import TERMS

if TYPE_CHECKING:
    from sim.number import Number

# What a command needs is imported in it: help, the glossary and most errors need no numerical library.

PLANNED = ("sweep", "solve", "sensitivity", "wait")
UsageError: Any = typer.BadParameter.__base__
FROM_START = ("sim.experiment", "sim.backtest", "sim.export", "pyarrow.parquet")
"""loaded before a command begins to write, so that Ctrl-C never meets a library that is half there"""


class Commands(TyperGroup):
    """The commands that exist; one that is planned says so instead of being unknown."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in PLANNED:
            raise InputError(f"'{args[0]}' is not built yet; 'refuge --help' lists what is")
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            near = nearest(args[0], self.commands)
            raise InputError(f"there is no command '{args[0]}'", allowed=list(self.commands), nearest=near)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo(NOTHING_KEPT, err=True)
            raise typer.Exit(INTERRUPTED) from None


class Simulating(TyperCommand):
    """A command that works for a while."""

    def invoke(self, ctx: Any) -> Any:
        at_once()
        for name in FROM_START:
            import_module(name)
        in_order()
        return super().invoke(ctx)


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def main() -> None:
    """Run the command line. A wrong request or file is one message and status 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    try:
        sys.exit(app(prog_name="refuge", standalone_mode=False))
    except UsageError as problem:
        if type(problem).__name__ == "NoArgsIsHelpError":
            problem.show()
            sys.exit(2)
        wrong: Exception = explained(problem)
    except BrokenPipeError:  # who reads the output has seen enough
        sys.stdout = None
        sys.exit(1)
    except InputError as problem:
        wrong = problem
    except OSError as problem:
        wrong = InputError(in_words(problem))
    typer.echo(f"refuge: {wrong}", err=True)
    sys.exit(2)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"refuge {metadata.version('refuge-sim')}")
        raise typer.Exit


@app.callback()
def refuge(
    version: Annotated[bool, Option("--version", help="Print the version.", callback=_version)] = False,
) -> None:
    """Simulate U.S. refugee and asylum cases, the whole country, one case at a time.

    National estimates for asking "what if". Not legal advice, and not a prediction of any one case.

    \b
    Begin with:  refuge demo
                 refuge run baseline --years 5
    """
    in_order()


def _print_summary(result: sim.Result) -> None:
    summary, info = result.summary(), result.info
    print_summary(summary)
    console().print(
        f"\n{info['start']} to {info['until']}, seed {info['seed']}, scale {info['scale']:g}, "
        f"{info['cases']:,} cases, {info['transitions']:,} transitions. National estimates; not legal advice."
    )


@app.command(cls=Simulating)
def run(
    scenario: ScenarioName = "baseline",
    changes: Changes = None,
    seed: Seed = 1,
    scale: Scale = 1.0,
    until: Until = None,
    years: Years = None,
    engine: Engine = "national",
    history: History = 0.01,
    out: OutFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario and say what happened.

    --set may be given several times. Counts are in real cases at any scale.

    \b
    refuge run baseline --years 5
    refuge run --set offices.immigration_judges.staff=1000@2027-10-01 --out more_judges
    """
    if until is not None and years is not None:
        raise InputError("give --until or --years, not both")
    if out is not None and not (out / "run.json").is_file():
        refuse_other(out, ())  # now, rather than after the run
    chosen = asked(scenario, changes)
    with display.progress(Console(stderr=True, quiet=quiet), chosen.start, lines=not as_json) as tell:
        result = sim.run(
            chosen,
            seed=seed,
            scale=scale,
            until=date_text(until, "--until"),
            years=years,
            history=history,
            engine=engine,
            progress=tell,
        )
    if out is not None:
        result.save(out)
    if as_json:
        shown = {name: fact for name, fact in result.info.items() if name not in ("scenario", "tables")}
        typer.echo(json.dumps(shown, indent=2, allow_nan=False))
    elif not quiet:
        _print_summary(result)
        if out is not None:
            console().print(f"Kept in {out}")


app.command(cls=Simulating)(replicate)
app.command(cls=Simulating)(compare)
app.command()(dashboard)


@app.command(cls=Simulating)
def demo() -> None:
    """Run a small demonstration in a few seconds.

    \b
    refuge demo
    """
    _print_summary(sim.demo())


@app.command(cls=Simulating)
def backtest(
    scenario: Annotated[
        str, Argument(metavar="SCENARIO", help="check_start, baseline, a file; or start: the first day only.")
    ] = "check_start",
    scale: Scale = 1.0,
    seed: Seed = 1,
    as_json: AsJson = False,
) -> None:
    """Hold a run against what was published since.

    First the opening stocks beside the published ones, then flows and stocks of the time simulated. A line is
    given (an input) or simulated; it holds if it is in its range, or within 0.8-1.25 of the published figure.

    \b
    refuge backtest check_start
    refuge backtest baseline --scale 0.1
    refuge backtest start
    """
    from sim import backtest as published

    only_start = scenario == "start"
    chosen = sim.load("baseline" if only_start else scenario)
    with display.progress(Console(stderr=True), chosen.start, lines=not as_json) as tell:
        result = published.run(chosen, scale, seed, only_start, tell)
    opening, since = published.start(result), published.compare(result)
    held, judged = published.score(since)
    flows_held, flows_judged = published.score(published.flows(since))
    if as_json:
        tables = {"opening": opening, "backtest": since}
        rows = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
        run_facts = {key: result.info[key] for key in ("fingerprint", "seed", "scale", "start", "until")}
        facts = {"scenario": chosen.name, **run_facts, **rows, "held": held, "judged": judged}
        typer.echo(json.dumps(facts, indent=2, allow_nan=False))
        return
    screen = console()
    for title, table in (
        (f"At the start of {chosen.start}, published and simulated", opening),
        ("Published and simulated since", since),
    ):
        if len(table):
            screen.print(display.frame_table(title, published.shown(table)))
            screen.print()
    if judged:
        screen.print(
            f"{held} of {judged} simulated lines hold ({flows_held} of {flows_judged} flows): "
            "in range, or 0.8 to 1.25 of the published figure."
        )
    if scale < 1:
        screen.print(f"At scale {scale:g} one simulated case is {1 / scale:,.0f}: small counts are rough.")


@app.command()
def scenarios() -> None:
    """List the scenarios that come with Refuge.

    What a scenario builds on is what to compare it with.

    \b
    refuge scenarios
    refuge compare ordinary_years petitions_fast --runs 10 --scale 0.05
    """
    loaded = [(name, sim.load(name)) for name in sim.scenarios()]
    rows = [(name, each.extends or "–", each.title, each.question) for name, each in loaded]
    console().print(display.text_table(("name", "builds on", "title", "question"), rows))


@app.command()
def show(
    scenario: ScenarioName,
    diff: Annotated[bool, Option("--diff", help="Only what differs from the baseline.")] = False,
    as_json: Annotated[bool, Option("--json", help="Whole values, with low, high, date and note.")] = False,
) -> None:
    """List every number of a scenario.

    Each with its path, value, unit, source and confidence, factors and odds ratios of a number below it. Long values
    are cut in the table and whole with --json.

    \b
    refuge show baseline
    refuge show baseline --json
    refuge show my_scenario.yaml --diff
    """
    chosen = sim.load(scenario)
    rows: list[tuple[str, ...]]
    if as_json:
        typer.echo(json.dumps(chosen.as_dict()["numbers"], indent=1, default=str))
        return
    numbers = {
        f"{path}.{inside}" if inside else path: one
        for path, number in chosen.numbers.items()
        for inside, one in (("", number), *number.parts())
    }
    if diff:
        rows = [
            (path, *map(display.short, display.only_differing(before, after)), *_known(numbers, path))
            for path, after, before in chosen.diff(sim.load("baseline"))
        ]
    else:
        rows = [
            (path, display.short(number.value), *_known(numbers, path)) for path, number in numbers.items()
        ]
    header = ("path", *(("baseline", "here") if diff else ("value",)), "unit", "source", "confidence")
    console().print(display.text_table(header, rows) if rows else "Nothing differs from the baseline.")


def _known(numbers: dict[str, Number], path: str) -> tuple[str, str, str]:
    """Unit, source and confidence of the number that `path` is, or is a part of."""
    while path not in numbers and "." in path:
        path = path.rpartition(".")[0]
    number = numbers.get(path)
    return (number.unit, number.source, number.confidence) if number else ("", "", "")


@app.command()
def check(
    file: Annotated[str, Argument(metavar="FILE", help="A scenario file.")],
) -> None:
    """Read a scenario file and name its mistakes.

    \b
    refuge check my_scenario.yaml
    """
    if found := sim.check(file):
        for problem in found:
            typer.echo(f"refuge: {problem}", err=True)
        raise typer.Exit(2)
    scenario = sim.load(file)
    typer.echo(
        f"{file} is right: {scenario.title}, {scenario.start} to {scenario.horizon}, "
        f"{len(scenario.numbers):,} numbers, fingerprint {scenario.fingerprint}"
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    \b
    refuge schema > scenario.schema.json
    """
    typer.echo(json.dumps(sim.schema(), indent=2))


@app.command()
def draw(
    pathway: Annotated[str, Argument(help="refugee, affirmative, defensive, family or status.")],
    format: Annotated[
        Literal["text", "dot", "mermaid", "svg"], Option(help="A list, a graph language or a picture.")
    ] = "text",
) -> None:
    """Draw a pathway: its stages and transitions.

    \b
    refuge draw affirmative
    refuge draw refugee --format svg > refugee.svg
    """
    from sim.pathways import NATIONAL

    typer.echo(getattr(sim.pathway(pathway), format)(NATIONAL.pathways))


@app.command()
def glossary(term: Annotated[str | None, Argument(help="One word; without it, all.")] = None) -> None:
    """Say what the words mean.

    \b
    refuge glossary
    refuge glossary backlog
    """
    if term is not None and term not in TERMS:
        raise InputError(f"'{term}' is not in the glossary", nearest=nearest(term, TERMS))
    chosen = TERMS if term is None else {term: TERMS[term]}
    console().print(display.text_table(("term", "meaning"), chosen.items()))


@app.command(cls=Simulating)
def export(
    folder: Annotated[Path, Argument(metavar="RUN", help="A folder that `refuge run --out` wrote.")],
    out: Annotated[Path, Option(metavar="FILE", help="A new folder (csv, parquet) or a .xlsx file.")],
    format: Annotated[Literal["csv", "xlsx", "parquet"], Option(help="What to write.")] = "csv",
) -> None:
    """Write a run's tables for another program.

    Beside them stands a list of all columns with unit and meaning.

    \b
    refuge export more_judges --format xlsx --out more_judges.xlsx
    """
    from sim.export import export as write_export

    kept = sim.open(folder)
    if not isinstance(kept, sim.Result):
        raise InputError(
            f"{folder} holds replications or a comparison, and only one run is exported; its tables are Parquet files"
        )
    typer.echo(f"Written: {write_export(kept, format, out)}")
