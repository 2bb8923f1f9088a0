"""A locality of people who do not exist, and what its services would send."""

from throughcare.demo.locality import Locality, Persona, generate

__all__ = ["Locality", "Persona", "generate"]
