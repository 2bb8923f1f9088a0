"""The FHIR R4 interface: paths, headers and Bundles around the two doors."""
