"""The five pathways of the United States, as one system."""

from sim.errors import InputError, nearest
from sim.pathway import Pathway
from sim.pathways import affirmative, defensive, family, refugee, status
from sim.pathways.attributes import ATTRIBUTES
from sim.system import System

NATIONAL = System(
    pathways=(refugee.PATHWAY, affirmative.PATHWAY, defensive.PATHWAY, family.PATHWAY, status.PATHWAY),
    attributes=ATTRIBUTES,
    persons="persons",
)


def pathway(name: str) -> Pathway:
    """The pathway of that name (refugee, affirmative, defensive, family, status)."""
    names = [each.name for each in NATIONAL.pathways]
    if name not in names:
        raise InputError(f"no pathway named '{name}'", allowed=names, nearest=nearest(name, names))
    return NATIONAL.pathways[names.index(name)]
