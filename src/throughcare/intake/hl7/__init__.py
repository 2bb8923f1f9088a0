"""HL7 v2: parsing, and what each segment becomes."""
