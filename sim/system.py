"""A system: several pathways, the attributes their cases carry, and the whole graph that they make together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import networkx as nx

from sim.casekey import GENERATIONS, INDEX_BITS, KINDS, PERSONS_BITS
from sim.pathway import BRANCH, OUTCOME, Attribute, Opening, Pathway, Source, Stage
from sim.pathway_parts import StructureError, several


@dataclass(frozen=True)
class System:
    """Pathways that hand cases to one another. Raises StructureError when they do not fit together."""

    pathways: tuple[Pathway, ...]
    attributes: tuple[Attribute, ...]
    persons: str = ""
    """the numeric attribute that counts the persons of a case; without one, every case is one person"""

    def __post_init__(self) -> None:
        for what, kind in (("pathways", Pathway), ("attributes", Attribute)):
            object.__setattr__(self, what, several(f"{what} of a system", kind, getattr(self, what)))
        if not self.pathways:
            raise StructureError("a system needs one pathway or more")
        self._check_names()
        entries: dict[str, list[str]] = {pathway.name: [] for pathway in self.pathways}
        for pathway, stage in self.stages():
            targets = [opens.enters for opens in stage.opens] + ([stage.continues] if stage.continues else [])
            if stage.opens and stage.continues:
                raise StructureError(
                    f"{pathway.name}.{stage.name}: an outcome that continues cannot open cases too"
                )
            for target in targets:
                name, dot, entry = target.partition(".")
                if not dot:
                    raise StructureError(f"{pathway.name}.{stage.name}: '{target}' is no 'pathway.stage'")
                if name not in entries:
                    raise StructureError(
                        f"{pathway.name}.{stage.name}: no pathway named '{name}' (in '{target}')"
                    )
                entries[name].append(entry)
        for pathway in self.pathways:
            pathway.check(entries[pathway.name])
        self._check_attributes()
        self._check_generations()
        self._check_circles()

    def stages(self) -> Iterator[tuple[Pathway, Stage]]:
        """Every stage with its pathway, in listed order: the numbering that all arrays share."""
        for pathway in self.pathways:
            for stage in pathway.stages:
                yield pathway, stage

    def sources(self) -> Iterator[tuple[Pathway, Source, str]]:
        """Every stream of arrivals: pathway, source, level of its `per` attribute (or "")."""
        for pathway in self.pathways:
            for source in pathway.sources:
                for level in self.attribute(source.per).levels if source.per else ("",):
                    yield pathway, source, level

    def openings(self) -> Iterator[tuple[Pathway, Opening]]:
        for pathway in self.pathways:
            for opening in pathway.openings:
                yield pathway, opening

    def attribute(self, name: str) -> Attribute:
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        raise StructureError(
            f"no attribute named '{name}'; attributes: {', '.join(a.name for a in self.attributes)}"
        )

    @cached_property
    def kinds(self) -> list[str]:
        """Names of the kinds of children, in order of first mention."""
        return list(dict.fromkeys(opens.name for _, stage in self.stages() for opens in stage.opens))

    @cached_property
    def graph(self) -> nx.DiGraph:
        """Stages of all pathways as "pathway.stage", with the moves of one case (children are not moves)."""
        graph = nx.DiGraph()
        for pathway, stage in self.stages():
            name = f"{pathway.name}.{stage.name}"
            graph.add_node(name)
            for transition in stage.exits():
                graph.add_edge(name, f"{pathway.name}.{transition.target}")
            if stage.continues:
                graph.add_edge(name, stage.continues)
        return graph

    @cached_property
    def loops(self) -> list[list[str]]:
        """Sets of stages that a case can go round in, each in listed order: only these count visits."""
        order = list(self.graph)
        found = [
            sorted(part, key=order.index)
            for part in nx.strongly_connected_components(self.graph)
            if len(part) > 1 or self.graph.has_edge(*(2 * list(part)))
        ]
        return sorted(found, key=lambda part: order.index(part[0]))

    def _check_names(self) -> None:
        named = {
            "pathways": [pathway.name for pathway in self.pathways],
            "attributes": [attribute.name for attribute in self.attributes],
            "sources or openings": [name for p in self.pathways for name in p.arrivals],
        }
        for what, names in named.items():
            for name in names:
                if names.count(name) > 1:
                    raise StructureError(f"two {what} are named '{name}'")
        for pathway, stage in self.stages():
            kinds = [opens.name for opens in stage.opens]
            for name in kinds:
                if kinds.count(name) > 1:
                    raise StructureError(
                        f"{pathway.name}.{stage.name}: opens '{name}' twice; the two would share their keys"
                    )

    def _check_circles(self) -> None:
        """Nobody may go round through branches and outcomes without a day passing."""
        instant = [f"{p.name}.{s.name}" for p, s in self.stages() if s.kind in (BRANCH, OUTCOME)]
        for loop in nx.simple_cycles(self.graph.subgraph(instant)):
            raise StructureError(f"a circle that takes no time: {' - '.join(loop)}")

    def _check_attributes(self) -> None:
        if self.persons:
            self._check_numeric(self.persons)
            least, most = (int(self.attribute(self.persons).levels[end]) for end in (0, -1))
            if least < 1 or most > 2**PERSONS_BITS:
                raise StructureError(f"'{self.persons}' counts persons: from 1 to at most {2**PERSONS_BITS}")
        for pathway, stage in self.stages():
            changes = [(t.sets, t.draws) for t in stage.exits()] + [(o.sets, o.draws) for o in stage.opens]
            self._check_changes(f"{pathway.name}.{stage.name}", changes)
            for name in (stage.per, stage.region):
                if name:
                    self.attribute(name)
            for opens in stage.opens:
                if opens.count != "one":
                    self._check_numeric(opens.count)
                    if (most := int(self.attribute(opens.count).levels[-1])) > 2**INDEX_BITS:
                        raise StructureError(
                            f"'{opens.count}' counts up to {most} children; a case key holds {2**INDEX_BITS}"
                        )
            for transition in stage.exits():
                if self.persons and self.persons in (
                    *transition.draws,
                    *(name for name, _ in transition.sets),
                ):
                    where = f"{pathway.name}.{stage.name}"
                    raise StructureError(
                        f"{where}: '{transition.name}' changes '{self.persons}': persons would appear or be lost"
                    )
        for pathway in self.pathways:
            for source in pathway.sources:
                if source.per:
                    self.attribute(source.per)
            if pathway.relatives:
                self._check_changes(f"{pathway.name}: relatives", [(pathway.relatives.only, ())])
                for name in pathway.relatives.counts:
                    self._check_numeric(name)
            for milestone in pathway.milestones:
                self._check_changes(f"{pathway.name}: {milestone.name}", [(milestone.only, ())])
            for source in pathway.sources:
                self._check_changes(f"{pathway.name}: {source.name}", [(source.sets, source.draws)])
            for opening in pathway.openings:
                self._check_changes(f"{pathway.name}: {opening.name}", [(opening.sets, opening.draws)])
            for name in pathway.report:
                self.attribute(name)

    def _check_changes(
        self, where: str, changes: list[tuple[tuple[tuple[str, str], ...], tuple[str, ...]]]
    ) -> None:
        for sets, draws in changes:
            for name in draws:
                self.attribute(name)
            for name, level in sets:
                if level not in self.attribute(name).levels:
                    allowed = ", ".join(self.attribute(name).levels)
                    raise StructureError(f"{where}: '{level}' is no level of '{name}'; levels: {allowed}")

    def _check_numeric(self, name: str) -> None:
        levels = self.attribute(name).levels
        if not self.attribute(name).numeric or [int(x) for x in levels] != list(
            range(int(levels[0]), int(levels[0]) + len(levels))
        ):
            raise StructureError(f"'{name}' must have consecutive whole numbers as levels")

    def _check_generations(self) -> None:
        if len(self.kinds) > KINDS:
            raise StructureError(f"{len(self.kinds)} kinds of children; a case key can tell {KINDS} apart")
        births = nx.DiGraph()
        reach = {name: {name, *nx.descendants(self.graph, name)} for name in self.graph}
        for pathway, stage in self.stages():
            if stage.kind == OUTCOME:
                for opens in stage.opens:
                    births.add_node((pathway.name, stage.name))
                    for p, s in self.stages():
                        if s.opens and f"{p.name}.{s.name}" in reach[opens.enters]:
                            births.add_edge((pathway.name, stage.name), (p.name, s.name))
        if not nx.is_directed_acyclic_graph(births):
            raise StructureError("children open children without end: " + str(nx.find_cycle(births)))
        if births and nx.dag_longest_path_length(births) + 1 > GENERATIONS:
            raise StructureError(
                f"a chain of more than {GENERATIONS} generations does not fit into a case key"
            )
