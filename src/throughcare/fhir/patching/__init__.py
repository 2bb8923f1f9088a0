"""Changes to a resource, told as a patch: JSON Patch, merge patch, FHIRPath Patch.

Each returns a new resource and leaves the old one as it was; decimals keep their digits. None asks
whether the outcome is valid, or who may change what.
"""

from throughcare.fhir.patching.errors import PatchError
from throughcare.fhir.patching.fhirpath import fhirpath_patch, read_fhirpath_patch
from throughcare.fhir.patching.merge import merge_patch
from throughcare.fhir.patching.pointers import json_patch

__all__ = ["PatchError", "fhirpath_patch", "json_patch", "merge_patch", "read_fhirpath_patch"]
