"""Profiles: what a guide, such as UK Core or IPS, asks for beyond R4.

`tree` lays differentials upon R4, `compiling` makes checks of that, `slicing` tells repeats apart.
"""

from throughcare.fhir.profiles.compiling import Compiler
from throughcare.fhir.profiles.definitions import Definitions, of

__all__ = ["Compiler", "Definitions", "of"]
